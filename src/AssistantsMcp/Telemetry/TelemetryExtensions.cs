using AssistantsMcp.Engine;
using AssistantsMcp.Engine.Telemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace AssistantsMcp.Telemetry;

/// <summary>Metrics and traces, for nobody but the operator who asks for them. Where nobody does, nothing is registered.</summary>
internal static class TelemetryExtensions
{
    public const string McpSdk = "Experimental.ModelContextProtocol";

    private static readonly string[] _sources =
    [
        EngineTelemetry.Name, McpSdk, "Microsoft.AspNetCore", "System.Net.Http", "Npgsql",
    ];

    private static readonly string[] _meters =
    [
        EngineTelemetry.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime", "Npgsql",
    ];

    /// <param name="services">Those of the host.</param>
    /// <param name="configuration">Holds OpenTelemetry's variables.</param>
    /// <param name="isScraped">Whether there is a <c>/metrics</c>.</param>
    /// <exception cref="StartupException">A variable of OpenTelemetry's holds what cannot be right.</exception>
    public static void AddTelemetry(this IServiceCollection services, IConfiguration configuration, bool isScraped)
    {
        var otlp = OtlpSettings.Read(configuration);
        if (otlp.Traces || otlp.Metrics || isScraped)
        {
            var telemetry = services.AddOpenTelemetry().ConfigureResource(Describe);
            if (otlp.Traces)
            {
                telemetry.WithTracing(traces => traces.AddSource(_sources).AddProcessor(new SpanRules()).AddOtlpExporter());
            }

            if (otlp.Metrics || isScraped)
            {
                telemetry.WithMetrics(metrics => Export(metrics.AddMeter(_meters), otlp.Metrics, isScraped));
            }
        }
    }

    /// <summary>First of all: what comes later may refuse the request.</summary>
    public static void UseRequestSpans(this WebApplication app)
    {
        if (app.Services.GetService<TracerProvider>() is not null)
        {
            app.UseMiddleware<RequestSpan>();
        }
    }

    /// <summary>The variables come last, because they win.</summary>
    private static void Describe(ResourceBuilder resource) => resource
        .Clear()
        .AddTelemetrySdk()
        .AddService(ProductInfo.Name, serviceVersion: ProductInfo.Version)
        .AddEnvironmentVariableDetector();

    private static void Export(MeterProviderBuilder metrics, bool isSent, bool isScraped)
    {
        // Without the addresses of single machines behind a name: they come and go.
        metrics.AddView("http.client.open_connections", new MetricStreamConfiguration { TagKeys = ["server.address", "http.connection.state"] });
        if (isSent)
        {
            metrics.AddOtlpExporter();
        }

        if (isScraped)
        {
            metrics.AddPrometheusExporter();
        }
    }
}
