using System.Net;
using AssistantsMcp.Engine;

namespace AssistantsMcp.Telemetry;

/// <summary>Settings of the metrics that Prometheus reads, section <c>Metrics</c>.</summary>
internal sealed class MetricsOptions
{
    public const string Section = "Metrics";

    /// <summary>Whether <c>/metrics</c> is served. Default: no.</summary>
    public bool Enabled { get; set; }

    /// <summary>An address of its own for it, such as <c>http://+:9464</c>. Default: the server's.</summary>
    public string? Url { get; set; }

    /// <summary>The port of that address; null where it has none.</summary>
    public int? Port => string.IsNullOrEmpty(Url) ? null : BindingAddress.Parse(Url).Port;

    /// <summary>Reads and checks the section.</summary>
    /// <exception cref="StartupException">It holds what cannot be right.</exception>
    public static MetricsOptions Read(IConfiguration configuration)
    {
        var options = configuration.GetSection(Section).Get<MetricsOptions>() ?? new MetricsOptions();
        if (!string.IsNullOrEmpty(options.Url))
        {
            CheckUrl(options.Url);
            if (!options.Enabled)
            {
                throw new StartupException("Metrics:Url says where /metrics is served, but nothing is served there unless Metrics:Enabled is true.");
            }
        }

        return options;
    }

    private static void CheckUrl(string url)
    {
        try
        {
            if (BindingAddress.Parse(url) is { Scheme: "http" or "https", PathBase: "", Port: > 0 and <= IPEndPoint.MaxPort })
            {
                return;
            }
        }
        catch (FormatException)
        {
            // Said below.
        }

        throw new StartupException($"Metrics:Url must be an address without a path, such as http://localhost:9464 or http://+:9464, but is '{url}'.");
    }
}
