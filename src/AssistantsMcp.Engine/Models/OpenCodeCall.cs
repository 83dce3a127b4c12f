using System.Text;
using System.Text.Json;

namespace AssistantsMcp.Engine.Models;

/// <summary>A call of the provider's code interpreter while it arrives.</summary>
internal sealed class OpenCodeCall(string id) : OpenItem(id, "code_interpreter_call")
{
    private readonly StringBuilder _code = new();
    private bool _started;

    public override bool Resembles(JsonElement item) => (item.Text("code") ?? "").StartsWith(_code.ToString(), StringComparison.Ordinal);

    public override IEnumerable<ModelEvent> Start(JsonElement? item)
    {
        if (!_started)
        {
            _started = true;
            yield return new CodeCallStarted(Id);
        }
    }

    public ModelEvent Append(string fragment)
    {
        _code.Append(fragment);
        return new CodeDelta(Id, fragment);
    }

    public override IEnumerable<ModelEvent> Finish(JsonElement? item)
    {
        foreach (var started in Start(item))
        {
            yield return started;
        }

        var streamed = _code.ToString();
        var code = item?.Text("code") is { Length: > 0 } whole ? whole : streamed;
        if (Remainder(streamed, code) is { } missing)
        {
            yield return Append(missing);
        }

        IsDone = true;
        yield return new CodeCallDone(
            Id,
            code,
            item?.Text("container_id"),
            [.. (item?.Elements("outputs") ?? []).Select(OutputOf).OfType<CodeOutput>()],
            item);
    }

    private static CodeOutput? OutputOf(JsonElement output) => output.Text("type") switch
    {
        "logs" => new CodeLogs(output.Text("logs") ?? string.Empty),
        "image" when output.Text("url") is { } url => new CodeImage(url),
        _ => null,
    };
}
