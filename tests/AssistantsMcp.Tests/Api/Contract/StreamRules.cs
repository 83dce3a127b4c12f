using System.Text.Json;

namespace AssistantsMcp.Tests.Api.Contract;

/// <summary>
/// What every stream keeps to, whatever run it tells of. The first half is what the strictest reader, npm's
/// <c>openai</c> 7, demands: one message and one step open at a time, no delta without its object, nothing created twice,
/// a run at the end. The second half is that an object's deltas add up to the object.
/// </summary>
internal sealed class StreamRules
{
    /// <summary>Events that come at once behind another one, and never elsewhere.</summary>
    private static readonly Dictionary<string, string> _followers = new()
    {
        ["thread.run.created"] = "thread.run.queued",
        ["thread.run.step.created"] = "thread.run.step.in_progress",
        ["thread.message.created"] = "thread.message.in_progress",
    };

    private static readonly HashSet<string> _ends = ["requires_action", "completed", "failed", "cancelled", "incomplete", "expired"];

    private readonly HashSet<string> _created = [];
    private readonly Dictionary<int, string> _text = [];
    private readonly Dictionary<int, (string Id, string? Arguments)> _calls = [];
    private string? _run;
    private string? _message;
    private string? _step;
    private string? _last;
    private bool _isRunning;
    private bool _hasEnd;

    /// <summary>Takes the next event.</summary>
    /// <exception cref="ContractException">It may not come here.</exception>
    public void Accept(string name, string data)
    {
        Expect(_last != "done", $"{name} came after done");
        if (_last is not null && _followers.TryGetValue(_last, out var follower))
        {
            Expect(name == follower, $"{name} came behind {_last}");
        }

        switch (name)
        {
            case "done":
                Expect(_hasEnd, "done came before the run's end");
                break;
            case "error":
                _hasEnd = true;
                break;
            case "thread.created":
                Expect(_last is null, "thread.created was not the first event");
                break;
            default:
                Accept(name, JsonElement.Parse(data));
                break;
        }

        _last = name;
    }

    /// <summary>The stream has ended.</summary>
    /// <exception cref="ContractException">Its last event was not <c>done</c>.</exception>
    public void End() => Expect(_last == "done", $"the last event was {_last ?? "none"}, not done");

    private void Accept(string name, JsonElement data)
    {
        var id = data.GetProperty("id").GetString()!;
        var moment = name[(name.LastIndexOf('.') + 1)..];
        if (name.StartsWith("thread.message.", StringComparison.Ordinal))
        {
            AcceptMessage(moment, id, data);
        }
        else if (name.StartsWith("thread.run.step.", StringComparison.Ordinal))
        {
            AcceptStep(moment, id, data);
        }
        else
        {
            AcceptRun(moment, id, data);
        }
    }

    private void AcceptRun(string moment, string id, JsonElement run)
    {
        Expect(moment != "created" || _created.Add(id), $"{id} was created twice");
        Expect((_run ??= id) == id, $"{id} is another run than {_run}");
        Expect(!_hasEnd, $"{id} went on after its end");
        Expect(moment != "created" || _last is null or "thread.created", $"{id} was created after {_last}");
        Expect(moment != "queued" || _last is "thread.run.created" or "thread.run.step.completed", $"{id} was queued after {_last}");
        Expect(moment != "in_progress" || _last is "thread.run.queued", $"{id} was in progress after {_last}");
        _isRunning = moment == "in_progress";
        ExpectStatus(run, moment == "created" ? "queued" : moment);
        _hasEnd = _ends.Contains(moment);
        if (moment == "requires_action")
        {
            var calls = run.GetProperty("required_action").GetProperty("submit_tool_outputs").GetProperty("tool_calls").EnumerateArray()
                .Select(call => (call.GetProperty("id").GetString()!, call.GetProperty("function").GetProperty("arguments").GetString()!));
            var told = _calls.OrderBy(call => call.Key).Select(call => call.Value).Where(call => call.Arguments is not null);
            Expect(calls.SequenceEqual(told.Select(call => (call.Id, call.Arguments!))), $"{id} requires other calls than its deltas told of");
        }
        else if (_hasEnd)
        {
            Expect(_message is null && _step is null, $"{id} ended before its {_message ?? _step}");
        }
    }

    private void AcceptStep(string moment, string id, JsonElement step)
    {
        if (moment == "created")
        {
            Expect(_isRunning, $"{id} was created before the run was in progress");
            Expect(_step is null, $"{id} was created while {_step} was open");
            Expect(_created.Add(id), $"{id} was created twice");
            _step = id;
            _calls.Clear();
        }

        Expect(moment != "in_progress" || _last == "thread.run.step.created", $"{id} was in progress after {_last}");

        // A stream that follows submitted outputs begins with the end of a step of the stream before.
        Expect(_step == id || (_last is null && moment == "completed"), $"thread.run.step.{moment} came for {id} while {_step ?? "none"} was open");
        if (moment == "delta")
        {
            AddCalls(step.GetProperty("delta"));
            return;
        }

        ExpectStatus(step, moment == "created" ? "in_progress" : moment);
        if (moment is not ("created" or "in_progress"))
        {
            var writes = step.GetProperty("step_details").TryGetProperty("message_creation", out var creation) ? creation.GetProperty("message_id").GetString() : null;
            Expect(writes is null || writes != _message, $"{id} ended before its message {_message}");
            _step = null;
        }
    }

    private void AcceptMessage(string moment, string id, JsonElement message)
    {
        if (moment == "created")
        {
            Expect(_message is null, $"{id} was created while {_message} was open");
            Expect(_created.Add(id), $"{id} was created twice");
            _message = id;
            _text.Clear();
        }

        Expect(moment != "in_progress" || _last == "thread.message.created", $"{id} was in progress after {_last}");
        Expect(_message == id, $"thread.message.{moment} came for {id} while {_message ?? "none"} was open");
        if (moment == "delta")
        {
            foreach (var part in message.GetProperty("delta").GetProperty("content").EnumerateArray())
            {
                var index = part.GetProperty("index").GetInt32();
                _text[index] = _text.GetValueOrDefault(index, "") + TextOf(part);
            }

            return;
        }

        ExpectStatus(message, moment == "created" ? "in_progress" : moment);
        if (moment is "completed" or "incomplete")
        {
            var told = _text.OrderBy(part => part.Key).Select(part => part.Value).Where(text => text.Length > 0);
            var shown = message.GetProperty("content").EnumerateArray().Select(TextOf).Where(text => text.Length > 0);
            Expect(told.SequenceEqual(shown), $"{id} says '{string.Join("|", shown)}', its deltas said '{string.Join("|", told)}'");
            _message = null;
        }
    }

    private void AddCalls(JsonElement delta)
    {
        Expect(!delta.TryGetProperty("id", out _), "a step's delta has an id inside, which readers append to the step's own");
        var details = delta.GetProperty("step_details");
        foreach (var call in details.TryGetProperty("tool_calls", out var calls) ? calls.EnumerateArray() : [])
        {
            var index = call.GetProperty("index").GetInt32();
            var isFirst = !_calls.TryGetValue(index, out var told);
            Expect(call.TryGetProperty("id", out var id) == isFirst, $"call {index} must say its id in its first delta only");
            var function = call.TryGetProperty("function", out var found) ? found : default;
            Expect(function.ValueKind == JsonValueKind.Undefined || function.TryGetProperty("name", out _) == isFirst, $"call {index} must say its name in its first delta only");
            var arguments = function.ValueKind == JsonValueKind.Undefined ? null : function.GetProperty("arguments").GetString()!;
            _calls[index] = isFirst ? (id.GetString()!, arguments) : (told.Id, arguments is null ? told.Arguments : told.Arguments + arguments);
        }
    }

    private static string TextOf(JsonElement part) =>
        part.TryGetProperty("text", out var text) ? text.TryGetProperty("value", out var value) ? value.GetString()! : ""
        : part.TryGetProperty("refusal", out var refusal) ? refusal.GetString()!
        : "";

    private static void ExpectStatus(JsonElement found, string status) => Expect(
        found.GetProperty("status").GetString() == status, $"{found.GetProperty("id")} is {found.GetProperty("status")} in the event of {status}");

    private static void Expect(bool isKept, string fault)
    {
        if (!isKept)
        {
            throw new ContractException("A stream broke its rules", [fault], "");
        }
    }
}
