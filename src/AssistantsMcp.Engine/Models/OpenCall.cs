using System.Text;
using System.Text.Json;
using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Engine.Models;

/// <summary>A function call while it arrives. It begins as soon as its name is known; arguments wait until then.</summary>
internal sealed class OpenCall(string id, CallIds callIds) : OpenItem(id, "function_call")
{
    private readonly StringBuilder _arguments = new();
    private string? _callId;
    private string? _sentCallId;
    private string? _name;

    private bool IsStarted => _callId is not null && _name is not null;

    public override bool Resembles(JsonElement item)
    {
        var streamed = _arguments.ToString();
        var final = ArgumentsOf(item) ?? string.Empty;
        return item.Text("name") == _name && (IsDone ? final == streamed : final.StartsWith(streamed, StringComparison.Ordinal));
    }

    public override bool Contradicts(JsonElement item, long? outputIndex) =>
        base.Contradicts(item, outputIndex)
        || (!string.IsNullOrEmpty(_sentCallId) && item.Text("call_id") is { Length: > 0 } callId && callId != _sentCallId);

    public override IEnumerable<ModelEvent> Start(JsonElement? item)
    {
        if (IsStarted || item?.Text("name") is not { Length: > 0 } name)
        {
            yield break;
        }

        _sentCallId = item.Value.Text("call_id");
        (_callId, _name) = (callIds.Take(_sentCallId), name);
        yield return new FunctionCallStarted(Id, _callId, _name);
        if (_arguments.Length > 0)
        {
            yield return new ArgumentsDelta(Id, _arguments.ToString());
        }
    }

    public IEnumerable<ModelEvent> Append(string fragment)
    {
        _arguments.Append(fragment);
        return IsStarted ? [new ArgumentsDelta(Id, fragment)] : [];
    }

    public override IEnumerable<ModelEvent> Finish(JsonElement? item)
    {
        foreach (var started in Start(item))
        {
            yield return started;
        }

        if (_callId is null || _name is null)
        {
            throw new JsonException("A function call has no name.");
        }

        var streamed = _arguments.ToString();
        var final = item is { } sent && ArgumentsOf(sent) is { Length: > 0 } whole ? whole : streamed;
        if (string.IsNullOrWhiteSpace(final))
        {
            // Clients parse the arguments, and servers refuse calls whose arguments are no JSON.
            final = "{}";
        }

        if (Remainder(streamed, final) is { } missing)
        {
            _arguments.Append(missing);
            yield return new ArgumentsDelta(Id, missing);
        }

        IsDone = true;
        yield return new FunctionCallDone(Id, _callId, _name, final, Replayed(item, _callId, _name, final));
    }

    /// <summary>The arguments; a few servers send the object itself.</summary>
    private static string? ArgumentsOf(JsonElement item) => item.Find("arguments") switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { ValueKind: JsonValueKind.Object } value => value.GetRawText(),
        _ => null,
    };

    /// <summary>The item as it was sent, unless its call id or its arguments had to be mended.</summary>
    private static JsonElement Replayed(JsonElement? item, string callId, string name, string arguments)
    {
        if (item is { } sent && sent.Text("call_id") == callId && sent.Text("arguments") == arguments)
        {
            return sent;
        }

        return EngineJson.Build(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("type", "function_call");
            writer.WriteString("call_id", callId);
            writer.WriteString("name", name);
            writer.WriteString("arguments", arguments);
            foreach (var property in item?.EnumerateObject().ToArray() ?? [])
            {
                if (property.Name is not ("type" or "call_id" or "name" or "arguments"))
                {
                    writer.WriteVerbatim(property.Name, property.Value);
                }
            }

            writer.WriteEndObject();
        });
    }
}
