using System.Globalization;
using System.Text.Json;
using AssistantsMcp.Engine.Models;

namespace AssistantsMcp.Engine.Sandbox;

/// <summary>A user's message as the sandbox reads it: line by line, anything else being talk.</summary>
/// <param name="Say">The lines from <c>say:</c> on; null where there is none.</param>
/// <param name="Calls">The lines <c>call: name {json}</c>, as function and arguments.</param>
/// <param name="Searches">What follows <c>search:</c>, line by line and at most 20 times; later lines are passed over.</param>
/// <param name="Failure">What follows <c>fail:</c>, if it is <c>rate_limit</c> or <c>server</c>.</param>
/// <param name="Wait">What follows <c>wait:</c>, in seconds and at most 60.</param>
internal sealed record SandboxScript(string? Say, IReadOnlyList<(string Name, string Arguments)> Calls, IReadOnlyList<string> Searches, string? Failure, TimeSpan Wait)
{
    private const double LongestWaitSeconds = 60;

    /// <summary>Each search keeps what it found until the turn ends, and a message has room for thousands.</summary>
    private const int MostSearches = 20;

    public static SandboxScript Parse(string message)
    {
        List<string>? say = null;
        var calls = new List<(string, string)>();
        var searches = new List<string>();
        string? failure = null;
        var wait = TimeSpan.Zero;
        foreach (var line in message.Split('\n').Select(line => line.TrimEnd('\r')))
        {
            if (After("call:", line) is { Length: > 0 } call)
            {
                var name = call.Split([' ', '\t', '{', '('], 2)[0];
                var arguments = call[name.Length..].Trim();
                calls.Add((name, arguments.Length > 0 ? arguments : "{}"));
            }
            else if (After("search:", line) is { Length: > 0 } words)
            {
                if (searches.Count < MostSearches)
                {
                    searches.Add(words);
                }
            }
            else if (After("fail:", line) is "rate_limit" or "server")
            {
                failure = After("fail:", line);
            }
            else if (double.TryParse(After("wait:", line), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds))
            {
                wait = TimeSpan.FromSeconds(Math.Min(seconds, LongestWaitSeconds));
            }
            else if (say is null && After("say:", line) is { } first)
            {
                say = [first];
            }
            else
            {
                say?.Add(line);
            }
        }

        return new SandboxScript(say is null ? null : string.Join('\n', say).TrimEnd(), calls, searches, failure, wait);
    }

    /// <summary>The newest user message's text; null in a thread without one.</summary>
    public static string? NewestUserText(IReadOnlyList<JsonElement> messages)
    {
        var newest = messages.LastOrDefault(message => message.Text("role") == "user");
        return newest.ValueKind == JsonValueKind.Object
            ? string.Join('\n', newest.Elements("content").Select(part => part.Find("text")?.Text("value")).OfType<string>())
            : null;
    }

    /// <summary>Quotes a turn's tool outputs, one <c>name returned: output</c> a line; null where there are none.</summary>
    public static string? QuoteOutputs(IReadOnlyList<JsonElement> items)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        var outputs = new List<(string Name, string Output)>();
        foreach (var item in items)
        {
            var callId = item.Text("call_id") ?? string.Empty;
            switch (item.Text("type"))
            {
                case "function_call":
                    names[callId] = item.Text("name") ?? "function";
                    break;

                case "function_call_output":
                    outputs.Add((names.GetValueOrDefault(callId, "function"), item.Text("output") ?? item.Find("output")?.GetRawText() ?? string.Empty));
                    break;
            }
        }

        return outputs.Count > 0 ? string.Join('\n', outputs.Select(output => $"{output.Name} returned: {output.Output}")) : null;
    }

    private static string? After(string word, string line) =>
        line.TrimStart() is var text && text.StartsWith(word, StringComparison.OrdinalIgnoreCase) ? text[word.Length..].Trim() : null;
}
