using AssistantsMcp.Tests.Models;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Properties;

/// <summary>The model behind the random operations: the newest message of the user says what it does.</summary>
internal static class WorldModel
{
    public const string Answer = "Aye.";

    public static readonly string[] Words = ["text", "call", "calls", "fail", "incomplete", "hang", "text", "calls"];

    public static Task ReplyAsync(FakeReply reply)
    {
        var input = reply.Call.Json.GetProperty("input").EnumerateArray().ToList();
        var last = input.FindLast(item => item.GetProperty("type").GetString() is "function_call_output" || item.TryGetProperty("role", out var role) && role.GetString() == "user");
        var word = last.ValueKind == System.Text.Json.JsonValueKind.Undefined || !last.TryGetProperty("content", out var content)
            ? "text"
            : content[0].GetProperty("text").GetString()!.Split(' ')[0];
        return word switch
        {
            "call" => reply.EventsAsync(Created, Done(Call("tide", "{}", NewCallId(), "fc_a")), Completed()),
            "calls" => reply.EventsAsync(Created, Done(Call("tide", "{}", NewCallId(), "fc_a")), Done(Call("wind", "{}", NewCallId(), "fc_b"), 1), Completed()),
            "fail" => reply.StatusAsync(400, """{"error":{"message":"No."}}"""),
            "incomplete" => reply.EventsAsync(Created, Added(EmptyMessage()), TextDelta(Answer), Incomplete("max_output_tokens")),
            "hang" => reply.HangAsync(),
            _ => reply.EventsAsync(Created, Added(EmptyMessage()), TextDelta(Answer), Done(Message(Answer)), Completed()),
        };
    }

    /// <summary>What a turn of the model leaves in the run.</summary>
    public static void Apply(string word, RunItem run)
    {
        run.Status = word switch
        {
            "call" or "calls" => "requires_action",
            "fail" => "failed",
            "incomplete" => "incomplete",
            "hang" => "in_progress",
            _ => "completed",
        };
        if (run.Status is "requires_action")
        {
            run.Steps.Add(("tool_calls", "in_progress"));
        }
        else if (run.Status is "completed" or "incomplete")
        {
            run.Steps.Add(("message_creation", "completed"));
        }
    }

    private static string NewCallId() => $"call_{Guid.NewGuid():N}"[..29];
}
