using Microsoft.AspNetCore.Cors.Infrastructure;

namespace AssistantsMcp.Transport;

/// <summary>Lets scripts of allowed web pages send what the SDKs send and read what the SDKs read (CORS).</summary>
internal static class BrowserAccess
{
    /// <summary>Headers of answers that the clients of both doors read.</summary>
    private static readonly string[] _read =
    [
        "Mcp-Session-Id", "MCP-Protocol-Version", "x-request-id", "Retry-After", "retry-after-ms", "x-should-retry",
        "openai-poll-after-ms", "openai-processing-ms", "openai-version", "Idempotent-Replayed",
        "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests",
    ];

    public static void AddBrowserAccess(this IServiceCollection services)
    {
        services.AddSingleton<AllowedAddresses>();
        services.AddCors();
        services.AddOptions<CorsOptions>().Configure<AllowedAddresses>((cors, allowed) => cors.AddDefaultPolicy(policy => policy
            .SetIsOriginAllowed(allowed.Contain)
            .AllowAnyHeader()
            .AllowAnyMethod()
            .WithExposedHeaders(_read)
            .SetPreflightMaxAge(TimeSpan.FromMinutes(10))));
    }

    /// <summary>Before both doors: whom a request is addressed to, and which page sent it.</summary>
    public static void UseBrowserAccess(this WebApplication app)
    {
        app.UseMiddleware<AddressCheck>();
        app.UseWhen(context => context.Request.Headers.Origin.Count > 0, pages => pages.UseCors());
    }
}
