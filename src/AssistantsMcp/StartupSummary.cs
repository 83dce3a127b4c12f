using System.Data.Common;
using AssistantsMcp.Engine;
using AssistantsMcp.Telemetry;
using AssistantsMcp.Tools;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace AssistantsMcp;

/// <summary>What an operator sees first: where the server listens, what it stands on, and what to try.</summary>
internal static class StartupSummary
{
    public static void Print(WebApplication app) => Console.Out.WriteLine(Compose(app));

    public static string Compose(WebApplication app)
    {
        var engine = app.Services.GetRequiredService<IOptions<EngineOptions>>().Value;
        var tools = app.Services.GetRequiredService<IOptions<AssistantsMcpOptions>>().Value;
        var metrics = app.Services.GetRequiredService<MetricsOptions>();
        var urls = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
            .Where(url => BindingAddress.Parse(url).Port != metrics.Port).ToList();
        var sandbox = engine.Sandbox.Enabled ?? app.Environment.IsDevelopment();

        return $$"""
            AssistantsMcp {{ProductInfo.Version}} listens on {{string.Join(", ", urls)}}
              data     {{DataPlace(engine.Storage.ConnectionString)}}
              model    {{engine.Model.BaseUrl.Authority}} executes runs, spoken to as {{engine.Model.ProfileInForce}}
              tools    {{(tools.Endpoint is null ? "built-in engine" : tools.Endpoint.Authority)}}{{Hidden(app.Services.GetRequiredService<OperatorTools>().Selection)}}
              access   {{engine.Access.Mode.ToString().ToLowerInvariant()}}
              sandbox  {{(sandbox ? "on, with the key \"sandbox\"" : "off")}}
              metrics  {{(metrics.Enabled ? $"{Reachable(metrics.Url ?? urls[0]).TrimEnd('/')}{MetricsEndpoint.Path}" : "off")}}
            Try it:
              curl -X POST {{Reachable(urls[0])}}/mcp/{{(sandbox ? "sandbox" : "YOUR_KEY")}} -H "Content-Type: application/json" -d '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
            """;
    }

    private static string Hidden(ToolSelection selection) =>
        selection.Names.Count() is var shown && shown < ToolCatalog.Names.Count ? $", {shown} of {ToolCatalog.Names.Count} shown" : "";

    /// <summary>The file or the host behind a connection string, never the password in it.</summary>
    internal static string DataPlace(string connectionString)
    {
        if (connectionString.StartsWith("postgres", StringComparison.OrdinalIgnoreCase) && Uri.TryCreate(connectionString, UriKind.Absolute, out var url))
        {
            return $"PostgreSQL at {url.Authority}";
        }

        var parts = new DbConnectionStringBuilder { ConnectionString = connectionString };
        return parts.TryGetValue("Data Source", out var file) ? Path.GetFullPath((string)file)
            : parts.TryGetValue("Host", out var host) ? $"PostgreSQL at {host}"
            : "as configured";
    }

    /// <summary>An address that listens everywhere is reached at localhost.</summary>
    private static string Reachable(string url) => url
        .Replace("//+", "//localhost", StringComparison.Ordinal)
        .Replace("//*", "//localhost", StringComparison.Ordinal)
        .Replace("//0.0.0.0", "//localhost", StringComparison.Ordinal)
        .Replace("//[::]", "//localhost", StringComparison.Ordinal);
}
