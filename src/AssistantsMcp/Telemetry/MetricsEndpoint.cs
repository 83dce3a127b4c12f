using AssistantsMcp.Engine;
using AssistantsMcp.Transport;
using Microsoft.AspNetCore.Http.Features;

namespace AssistantsMcp.Telemetry;

/// <summary>Serves <c>/metrics</c>, at the server's address or at one of its own.</summary>
internal static class MetricsEndpoint
{
    public const string Path = "/metrics";

    /// <summary>Makes the server listen at the address of the metrics too. To be called when its other addresses are known.</summary>
    /// <exception cref="StartupException">The address is one of the others.</exception>
    public static void ListenForScrapes(this WebApplicationBuilder builder, MetricsOptions metrics)
    {
        if (metrics.Port is not { } port)
        {
            return;
        }

        // Kestrel listens either at these or at urls.
        var endpoints = builder.Configuration.GetSection("Kestrel:Endpoints");
        var others = endpoints.GetChildren().Select(endpoint => endpoint["Url"]).OfType<string>().ToList();
        if (others.Count > 0)
        {
            endpoints[$"{MetricsOptions.Section}:Url"] = metrics.Url;
        }
        else
        {
            others = UrlsOf(builder.Configuration);
            builder.WebHost.UseUrls([.. others, metrics.Url!]);
        }

        if (others.Any(other => BindingAddress.Parse(other).Port == port))
        {
            throw new StartupException($"Metrics:Url must have a port of its own, but {port} is one of the server's.");
        }
    }

    /// <summary>At the address of the metrics there is nothing else; where they have one, they are nowhere else.</summary>
    public static void UseMetrics(this WebApplication app, MetricsOptions metrics)
    {
        if (!metrics.Enabled)
        {
            return;
        }

        if (metrics.Port is { } port)
        {
            app.MapWhen(context => context.Connection.LocalPort == port && !HealthPaths.Contain(context.Request.Path), Answer);
        }
        else
        {
            app.MapWhen(context => context.Request.Path == Path, scrape => Answer(scrape.UseMiddleware<AddressCheck>()));
        }
    }

    private static void Answer(IApplicationBuilder scrape)
    {
        scrape.Use((context, next) =>
        {
            if (context.Features.Get<IHttpMetricsTagsFeature>() is { } own)
            {
                own.MetricsDisabled = true;
            }

            return next(context);
        });
        scrape.UseOpenTelemetryPrometheusScrapingEndpoint(Path);
    }

    private static List<string> UrlsOf(ConfigurationManager configuration)
    {
        var urls = Split("urls");
        return urls.Count > 0
            ? urls
            : [.. Split("http_ports").Select(port => $"http://*:{port}"), .. Split("https_ports").Select(port => $"https://*:{port}")];

        List<string> Split(string key) =>
            [.. (configuration[key] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
    }
}
