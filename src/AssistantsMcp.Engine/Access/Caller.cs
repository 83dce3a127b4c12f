using AssistantsMcp.Engine.Api;
using Microsoft.AspNetCore.Http;

namespace AssistantsMcp.Engine.Access;

/// <summary>Whose request this is. Settled once for every <c>/v1</c> request, before its handler runs.</summary>
/// <param name="Tenant">What the key stands for in the store: 32 hex digits, not reversible.</param>
/// <param name="Key">The key itself, for the model server.</param>
/// <param name="IsSandbox">Whether the built-in model answers this caller's runs.</param>
internal sealed record Caller(string Tenant, ApiKey Key, bool IsSandbox)
{
    /// <summary>Lets handlers take the caller as an argument.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context) => new(context.Features.Get<Caller>());
}
