using AssistantsMcp.Engine;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Transport;

/// <summary>How patient the web server is with its connections.</summary>
internal static class ServerLimits
{
    /// <summary>How long a body or an answer may stand still before its rate counts.</summary>
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(5);

    public static void AddServerLimits(this IServiceCollection services) =>
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<EngineOptions>>((kestrel, engine) =>
        {
            var limits = engine.Value.Limits;
            var slowest = new MinDataRate(limits.SlowestBytesPerSecond, _grace);
            kestrel.AddServerHeader = false;
            kestrel.Limits.RequestHeadersTimeout = limits.HeadersTimeout;
            kestrel.Limits.MinRequestBodyDataRate = slowest;
            kestrel.Limits.MinResponseDataRate = slowest;
        });
}
