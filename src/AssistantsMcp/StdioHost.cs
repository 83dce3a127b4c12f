using System.Globalization;
using AssistantsMcp.Completions;
using AssistantsMcp.Engine;
using AssistantsMcp.Logging;
using AssistantsMcp.Prompts;
using AssistantsMcp.Resources;
using AssistantsMcp.Telemetry;
using AssistantsMcp.Tools;
using AssistantsMcp.Transport;

namespace AssistantsMcp;

/// <summary>The same tools over standard input and output, for the one caller that started the process.</summary>
internal static class StdioHost
{
    private const string KeyVariable = "OPENAI_API_KEY";

    /// <summary>How long answers in flight may take when the input has ended.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    /// <summary>Composes the server without starting it. It stops by itself at the end of input.</summary>
    /// <exception cref="StartupException">The environment holds no usable key.</exception>
    public static IHost Create(string[] settings)
    {
        var builder = Host.CreateApplicationBuilder(settings.ReadOnce());
        builder.Configuration.AddDefaultsAndAliases();
        builder.Logging.AddSerilogConsole(builder.Configuration, standardError: true);

        builder.Services.AddAssistantsMcp();
        builder.Services.AddTelemetry(builder.Configuration, isScraped: false);
        var caller = new ApiKeyFeature(KeyFrom(builder.Configuration));
        builder.Services.AddSingleton(caller);
        builder.Services.AddSingleton(services => services.GetRequiredService<OperatorTools>().Selection);

        var streams = new PipedStreams(
            Console.OpenStandardInput(), Console.OpenStandardOutput(), LongestLine(builder.Configuration), caller, _patience);
        builder.Services.AddMcpServer()
            .WithMetrics().WithAssistantTools().WithAssistantResources().WithAssistantPrompts().WithArgumentCompletions()
            .WithStreamServerTransport(streams.Input, streams.Output);
        return builder.Build();
    }

    /// <summary>A value that is none is refused when the host starts.</summary>
    private static int LongestLine(ConfigurationManager configuration) =>
        int.TryParse(configuration["Limits:ToolCallBytes"], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : new LimitOptions().ToolCallBytes;

    private static string KeyFrom(ConfigurationManager configuration) => configuration[KeyVariable] switch
    {
        null or "" => throw new StartupException($"Over stdio the API key comes from the environment variable {KeyVariable}, which is not set."),
        var key when KeyForm.Fits(key) => key,
        _ => throw new StartupException($"The environment variable {KeyVariable} does not hold an API key: {KeyForm.Rule}."),
    };
}
