using System.Text.Json;
using System.Text.RegularExpressions;
using AssistantsMcp.Engine.Schemas;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AssistantsMcp.Tools;

/// <summary>Arguments that are the tools' own: they are no part of the request that is sent.</summary>
internal static partial class ToolArguments
{
    private const string IdempotencyKeyName = "idempotency_key";
    private const string DetailName = "detail";
    private const string WaitName = "wait_seconds";

    /// <summary>Taken by tools that would do again what is called again; it becomes a header.</summary>
    public static KeyValuePair<string, Schema> IdempotencyKey { get; } = new(IdempotencyKeyName, new TextSchema
    {
        Description = "A new key, such as a UUID, makes this call safe to repeat: within 24 hours the same key and arguments return the first result.",
        MaxLength = 255,
        Pattern = new TextPattern(PrintableAscii(), "^[ -~]+$", "expected 1 to 255 printable ASCII characters."),
    });

    /// <summary>Taken by tools that return one object with texts.</summary>
    public static KeyValuePair<string, Schema> Detail { get; } =
        new(DetailName, new TextSchema { Description = "summary cuts long texts. Default: full.", Values = ["summary", "full"] });

    /// <summary>Taken by tools that return a list.</summary>
    public static KeyValuePair<string, Schema> ListDetail { get; } =
        new(DetailName, new TextSchema { Description = "summary (default) cuts long texts.", Values = ["summary", "full"] });

    /// <summary>Taken by tools that can wait for a run.</summary>
    public static KeyValuePair<string, Schema> Wait { get; } = new(WaitName, new NumberSchema
    {
        Description = "Wait so long for the run to end or to need tool outputs; a completed run comes with its answer in messages. Default 0: do not wait.",
        Whole = true,
        Minimum = 0,
        Maximum = 50,
    });

    /// <summary>An id of the path. It is there: arguments are checked before any tool is called.</summary>
    public static string Id(this RequestContext<CallToolRequestParams> call, string name) => call.Params!.Arguments![name].GetString()!;

    /// <summary>Where to tell the caller how the call gets on; to nobody if it did not ask.</summary>
    public static IProgress<ProgressNotificationValue> Progress(this RequestContext<CallToolRequestParams> call) =>
        new CallerProgress(call.Server, call.Params?.ProgressToken);

    /// <summary>The call's key; null where none was given.</summary>
    public static string? FindIdempotencyKey(this RequestContext<CallToolRequestParams> call) =>
        call.Find(IdempotencyKeyName)?.GetString();

    /// <summary>Whether long texts of the result are to be cut.</summary>
    /// <param name="call">The call.</param>
    /// <param name="byDefault">What counts when it does not say.</param>
    public static bool WantsSummary(this RequestContext<CallToolRequestParams> call, bool byDefault = false) =>
        call.Find(DetailName)?.ValueEquals("summary") ?? byDefault;

    /// <summary>How long to wait for the run.</summary>
    public static TimeSpan WaitTime(this RequestContext<CallToolRequestParams> call) =>
        TimeSpan.FromSeconds(call.Find(WaitName)?.GetDouble() ?? 0);

    private static JsonElement? Find(this RequestContext<CallToolRequestParams> call, string name) =>
        call.Params?.Arguments?.TryGetValue(name, out var value) is true ? value : null;

    [GeneratedRegex(@"^[ -~]+\z")]
    private static partial Regex PrintableAscii();

    private sealed class CallerProgress(McpServer server, ProgressToken? token) : IProgress<ProgressNotificationValue>
    {
        public void Report(ProgressNotificationValue value)
        {
            if (token is { } asked)
            {
                _ = server.NotifyProgressAsync(asked, value);
            }
        }
    }
}
