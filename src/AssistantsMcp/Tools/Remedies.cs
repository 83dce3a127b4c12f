namespace AssistantsMcp.Tools;

/// <summary>
/// What a caller of the tools can do about a refusal of the API, whose texts say what was wrong, in words of REST or
/// none. They are recognised by their wording, which every server of this API has in common.
/// </summary>
internal static class Remedies
{
    private static readonly (string Words, string Remedy)[] _all =
    [
        ("No assistant found", "assistant-list shows the assistants there are."),
        ("No thread found", "A thread is made by thread-create, and only the key that made it finds it again."),
        ("No message found", "message-list shows the messages of a thread."),
        ("No run found", "run-list shows the runs of a thread."),
        ("No run step found", "run-step-list shows the steps of a run."),
        ("already has an active run", "Wait for that run with run-get and wait_seconds, or end it with run-cancel."),
        ("is active.", "Wait for that run with run-get and wait_seconds, or end it with run-cancel."),
        ("do not accept tool outputs", "Only a run with status requires_action does; run-get shows the status."),
        ("Expected tool outputs for call_ids", "run-get shows these calls under required_action. Hand in one output for each of them, all at once."),
        ("Cannot cancel run", "There is nothing left to stop; run-get shows how the run ended."),
        ("Run creation requires", "Add a message with message-create first."),
        ("Too many streams", "In a tool call that is wait_seconds: call without it, and follow the run with run-get."),
        ("This 'Idempotency-Key' was used", "In a tool call that is idempotency_key."),
    ];

    /// <summary>The text with what to do about it, if anything is known.</summary>
    public static string AddTo(string message)
    {
        var remedy = Array.Find(_all, known => message.Contains(known.Words, StringComparison.Ordinal)).Remedy;
        return remedy is null ? message : $"{message}{(message.EndsWith('.') ? "" : ".")} {remedy}";
    }
}
