using System.Globalization;

namespace AssistantsMcp.Engine.Models;

/// <summary>The model server gave no answer that could be used. The message is written for callers: cause, then remedy.</summary>
internal sealed class ModelServerException : Exception
{
    private ModelServerException(string errorType, string message, Exception? innerException = null)
        : base(message, innerException) => ErrorType = errorType;

    /// <summary>What went wrong, as <c>error.type</c> of spans and metrics.</summary>
    public string ErrorType { get; }

    public static ModelServerException Unreachable(string host, HttpRequestException cause) => new(
        "unreachable",
        string.Create(CultureInfo.InvariantCulture, $"The model server at {host} could not be reached ({Reason(cause)}). Check that it runs and that Model:BaseUrl is right."),
        cause);

    public static ModelServerException Silent(TimeSpan timeout) => new(
        "timeout",
        string.Create(CultureInfo.InvariantCulture, $"The model server was silent for {timeout.TotalSeconds:0.##} seconds. Try again, or raise Model:Timeout."));

    public static ModelServerException CircuitOpen(TimeSpan? retryAfter) => new(
        "circuit_open",
        retryAfter is { } wait && wait > TimeSpan.Zero
            ? string.Create(CultureInfo.InvariantCulture, $"The model server failed repeatedly; it will be tried again in {Math.Ceiling(wait.TotalSeconds)} seconds.")
            : "The model server failed repeatedly; it will be tried again shortly.");

    private static string Reason(HttpRequestException cause) => cause.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "its name is unknown",
        HttpRequestError.ConnectionError => "no connection",
        HttpRequestError.SecureConnectionError => "no secure connection",
        HttpRequestError.ConfigurationLimitExceeded => "its answer is larger than 16 MiB",
        _ => "the connection broke",
    };
}
