namespace AssistantsMcp.Measure.Load;

/// <summary>What one target did under load for one stretch of time.</summary>
/// <param name="Rate">Requests a second.</param>
/// <param name="P50">Median latency in milliseconds.</param>
/// <param name="P99">Latency in milliseconds that one request in a hundred exceeds.</param>
/// <param name="Processor">Processor time of the server for each request, in microseconds.</param>
internal sealed record Round(double Rate, double P50, double P99, double Processor);
