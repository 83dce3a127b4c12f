using System.Net.Sockets;
using System.Text.RegularExpressions;
using AssistantsMcp.Engine;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace AssistantsMcp;

/// <summary>Tells the reasons not to start that an operator can mend from faults of this program.</summary>
internal static partial class StartFailure
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
        InvalidOperationException when exception.Message.StartsWith("Unable to configure HTTPS endpoint", StringComparison.Ordinal) =>
            "urls: https needs a certificate. Name one with Kestrel:Certificates:Default:Path, or listen on http behind a proxy.",
        InvalidOperationException when Unconvertible().Match(exception.Message) is { Success: true } match =>
            OneLine($"{match.Groups["key"].Value} must be {Form(match.Groups["type"].Value)}, but is '{match.Groups["value"].Value}'."),
        _ => null,
    };

    /// <summary>What a setting of this type looks like.</summary>
    private static string Form(string type) => type switch
    {
        "System.TimeSpan" => "a duration, written hh:mm:ss",
        "System.Boolean" => "true or false",
        "System.Int32" => "a whole number",
        "System.Uri" => "a URL",
        _ when type == typeof(AccessMode).FullName => AccessOptions.Modes,
        _ => "something else",
    };

    [GeneratedRegex("^Failed to convert configuration value '(?<value>.*)' at '(?<key>[^']+)' to type '(?<type>[^']+)'", RegexOptions.Singleline)]
    private static partial Regex Unconvertible();

    private static string OneLine(string message) => message.ReplaceLineEndings(" ").TrimEnd();
}
