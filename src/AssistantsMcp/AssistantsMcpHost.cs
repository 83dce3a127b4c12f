using System.Net;
using AssistantsMcp.Completions;
using AssistantsMcp.Connecting;
using AssistantsMcp.Engine;
using AssistantsMcp.Logging;
using AssistantsMcp.Prompts;
using AssistantsMcp.Resources;
using AssistantsMcp.Telemetry;
using AssistantsMcp.Tools;
using AssistantsMcp.Transport;
using ModelContextProtocol.AspNetCore;

namespace AssistantsMcp;

/// <summary>The HTTP server: both doors on one port.</summary>
internal static class AssistantsMcpHost
{
    public const string DefaultUrl = "http://localhost:8080";

    /// <summary>Composes the server without starting it.</summary>
    /// <param name="settings"><c>--Key=value</c> arguments.</param>
    /// <param name="customize">A last word on services, for tests.</param>
    public static WebApplication Create(string[] settings, Action<WebApplicationBuilder>? customize = null)
    {
        var builder = WebApplication.CreateSlimBuilder(settings.ReadOnce());
        builder.Configuration.AddDefaultsAndAliases();
        builder.Logging.AddSerilogConsole(builder.Configuration);
        builder.WebHost.UseKestrelHttpsConfiguration();
        if (!NamesAddress(builder.Configuration))
        {
            builder.WebHost.UseUrls(DefaultUrl);
        }

        CheckUrls(builder.Configuration["urls"]);
        var metrics = MetricsOptions.Read(builder.Configuration);
        builder.ListenForScrapes(metrics);

        builder.Services.AddAssistantsMcp();
        builder.Services.AddCallerKeyOfRequest();
        builder.Services.AddToolsOfRequest();
        builder.Services.AddBrowserAccess();
        builder.Services.AddServerLimits();
        builder.Services.AddSingleton(metrics);
        builder.Services.AddTelemetry(builder.Configuration, metrics.Enabled);
        builder.Services.AddMcpServer()
            .WithMetrics().WithAssistantTools().WithAssistantResources().WithAssistantPrompts().WithArgumentCompletions()
            .WithHttpTransport(http => http.SessionMode = HttpServerSessionMode.Stateless);
        customize?.Invoke(builder);

        var app = builder.Build();
        app.UseRequestSpans();
        app.UseMiddleware<RequestLog>();
        app.UseMiddleware<AnswerHeaders>();
        app.UseMetrics(metrics);
        app.UseBrowserAccess();
        app.UseAssistantsApi();
        app.UseMcpDoor();
        app.UseRouting();
        app.MapMcp(McpPaths.Root);
        app.MapHealth();
        app.MapGet("/", StartPage.WriteAsync);
        return app;
    }

    /// <summary>Kestrel reports some of these as faults of the program.</summary>
    private static void CheckUrls(string? urls)
    {
        foreach (var url in (urls ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            try
            {
                if (BindingAddress.Parse(url) is { Scheme: "http" or "https" or "HTTP" or "HTTPS", Port: >= 0 and <= IPEndPoint.MaxPort })
                {
                    continue;
                }
            }
            catch (FormatException)
            {
                // Said below.
            }

            throw new StartupException($"urls: Invalid url: '{url}'. Write http://localhost:PORT, with a port up to {IPEndPoint.MaxPort}.");
        }
    }

    private static bool NamesAddress(ConfigurationManager configuration) =>
        !string.IsNullOrEmpty(configuration["urls"])
        || !string.IsNullOrEmpty(configuration["http_ports"])
        || !string.IsNullOrEmpty(configuration["https_ports"])
        || configuration.GetSection("Kestrel:Endpoints").GetChildren().Any();
}
