using AssistantsMcp.Engine.Models;

namespace AssistantsMcp.Tests.Models;

/// <summary>What <see cref="ModelEvent"/> promises of every turn.</summary>
internal static class TurnRules
{
    public static void Check(IReadOnlyList<ModelEvent> events)
    {
        Assert.Single(events, e => e is TurnCompleted or TurnIncomplete or TurnFailed);
        Assert.True(events[^1] is TurnCompleted or TurnIncomplete or TurnFailed);
        var open = new HashSet<string>();
        var started = new HashSet<string>();
        foreach (var next in events)
        {
            switch (next)
            {
                case MessageStarted(var id):
                    Assert.True(started.Add(id) && open.Add(id), $"{id} started twice");
                    break;
                case FunctionCallStarted(var id, var callId, _):
                    Assert.True(started.Add(id) && open.Add(id), $"{id} started twice");
                    Assert.InRange(callId.Length, 1, 64);
                    break;
                case TextDelta(var id, _, _):
                    Assert.Contains(id, open);
                    break;
                case RefusalDelta(var id, _, _):
                    Assert.Contains(id, open);
                    break;
                case ArgumentsDelta(var id, _):
                    Assert.Contains(id, open);
                    break;
                case MessageDone(var id, _, _):
                    Assert.True(open.Remove(id), $"{id} done but not open");
                    break;
                case FunctionCallDone(var id, var callId, _, _, var item):
                    Assert.True(open.Remove(id), $"{id} done but not open");
                    Assert.Equal(callId, item.GetProperty("call_id").GetString());
                    break;
            }
        }

        if (events[^1] is TurnCompleted)
        {
            Assert.Empty(open);
        }
    }

    /// <summary>All text of a message as it was streamed.</summary>
    public static string Streamed(this IEnumerable<ModelEvent> events) => string.Concat(events.OfType<TextDelta>().Select(delta => delta.Text));

    /// <summary>All arguments as they were streamed.</summary>
    public static string StreamedArguments(this IEnumerable<ModelEvent> events, string itemId) =>
        string.Concat(events.OfType<ArgumentsDelta>().Where(delta => delta.ItemId == itemId).Select(delta => delta.Fragment));

    /// <summary>The finished calls: id, name and arguments.</summary>
    public static IEnumerable<(string Id, string Name, string Arguments)> Calls(this IEnumerable<ModelEvent> events) =>
        events.OfType<FunctionCallDone>().Select(call => (call.CallId, call.Name, call.Arguments));
}
