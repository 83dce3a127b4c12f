using System.Net.Sockets;
using AssistantsMcp.Engine;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace AssistantsMcp;

/// <summary>Tells the reasons not to start that an operator can mend from faults of this program.</summary>
internal static class StartFailure
{
    /// <summary>One line that names the cause and, where it is known, the remedy; null for a fault of this program.</summary>
    public static string? Describe(Exception exception) => exception switch
    {
        StartupException => OneLine(exception.Message),
        OptionsValidationException invalid => OneLine(string.Join(" ", invalid.Failures)),
        AggregateException { InnerExceptions: var all } when all.All(one => Describe(one) is not null) =>
            string.Join(" ", all.Select(Describe)),
        IOException { InnerException: AddressInUseException } => $"{OneLine(exception.Message)} Choose another with --urls=http://localhost:PORT.",
        SocketException { SocketErrorCode: SocketError.AccessDenied or SocketError.AddressNotAvailable } =>
            $"Cannot listen at the configured urls: {OneLine(exception.Message)}. Choose others with --urls=http://localhost:PORT.",
        InvalidDataException { InnerException: not null } => OneLine($"{exception.Message} {exception.InnerException.Message}"),
        // Kestrel and the configuration binder have no exception types of their own; their messages name the value.
        FormatException when exception.Message.StartsWith("Invalid url", StringComparison.Ordinal) => $"urls: {OneLine(exception.Message)}",
        InvalidOperationException when exception.Message.StartsWith("Failed to convert configuration value", StringComparison.Ordinal) =>
            OneLine(exception.Message),
        _ => null,
    };

    private static string OneLine(string message) => message.ReplaceLineEndings(" ").TrimEnd();
}
