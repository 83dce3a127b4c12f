using AssistantsMcp.Engine;

namespace AssistantsMcp.Telemetry;

/// <summary>
/// Which signals are sent over OTLP. The standard variables of OpenTelemetry say so; what else they say, its SDK reads
/// by itself.
/// </summary>
/// <remarks>Source: OpenTelemetry, Environment Variable Specification, and OTLP Exporter Configuration.</remarks>
internal sealed record OtlpSettings(bool Traces, bool Metrics)
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";

    public static OtlpSettings None { get; } = new(false, false);

    /// <exception cref="StartupException">A variable holds what cannot be right.</exception>
    public static OtlpSettings Read(IConfiguration configuration) =>
        string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase)
            ? None
            : new(IsAskedFor(configuration, "TRACES"), IsAskedFor(configuration, "METRICS"));

    private static bool IsAskedFor(IConfiguration configuration, string signal)
    {
        var isAddressed = CheckEndpoint(configuration, Endpoint) | CheckEndpoint(configuration, $"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT");
        CheckProtocol(configuration, Protocol);
        CheckProtocol(configuration, $"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL");

        var exporter = $"OTEL_{signal}_EXPORTER";
        return configuration[exporter]?.Trim().ToUpperInvariant() switch
        {
            null or "" => isAddressed,
            "OTLP" => true,
            "NONE" => false,
            _ => throw new StartupException($"{exporter} must be otlp or none, but is '{configuration[exporter]}'. For Prometheus, set Metrics:Enabled."),
        };
    }

    private static bool CheckEndpoint(IConfiguration configuration, string key)
    {
        if (configuration[key] is not { Length: > 0 } endpoint)
        {
            return false;
        }

        return Uri.TryCreate(endpoint, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? true
            : throw new StartupException($"{key} must be an http or https URL, such as http://localhost:4317.");
    }

    private static void CheckProtocol(IConfiguration configuration, string key)
    {
        if (configuration[key] is { Length: > 0 } protocol and not ("grpc" or "http/protobuf"))
        {
            throw new StartupException($"{key} must be grpc or http/protobuf, but is '{protocol}'.");
        }
    }
}
