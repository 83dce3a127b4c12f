using AssistantsMcp.Resources;

namespace AssistantsMcp.Prompts;

/// <summary>All prompts in the order they are listed.</summary>
internal static class PromptCatalog
{
    /// <summary>The kinds of assistants that have a template, and one that has none.</summary>
    private static readonly Dictionary<string, DocumentResource?> Kinds = new(ResourceCatalog.Templates
        .Select(template => KeyValuePair.Create(template.ProtocolResource.Name, (DocumentResource?)template))
        .Append(new("general", null)));

    public static IReadOnlyList<TextPrompt> All { get; } =
    [
        new("create-assistant")
        {
            Title = "Create an assistant",
            Description = "Creates an assistant of a kind, adapted from its template to a purpose, and tries it out.",
            Icon = ProductIcons.Assistants,
            Arguments =
            [
                new("kind", "coding-assistant, writing-assistant, data-analyst, customer-support or general.") { Values = [.. Kinds.Keys] },
                new("purpose", "What it is for, and for whom.") { Otherwise = "the general purpose of its kind" },
                new("model", "The model it uses.") { Otherwise = "the server's default model (leave model out)" },
            ],
            Attached = given => Kinds[given["kind"]],
        },
        new("start-conversation")
        {
            Title = "Start a conversation",
            Description = "Opens a thread with an assistant, asks it the first question and shows the answer.",
            Icon = ProductIcons.Messages,
            Arguments =
            [
                new("assistant_id", "Id of the assistant, asst_…, from assistant-list.") { IsId = true },
                new("message", "The first question."),
            ],
        },
        new("debug-run")
        {
            Title = "Debug a failed run",
            Description = "Finds out why a run failed, hangs or wrote nothing, and gets the thread to go on.",
            Icon = ProductIcons.Runs,
            Arguments =
            [
                new("thread_id", "Id of the thread, thread_…, from thread-create.") { IsId = true },
                new("run_id", "Id of the run, run_…, from run-list.") { IsId = true },
            ],
        },
        new("summarize-thread")
        {
            Title = "Summarise a thread",
            Description = "Reads a whole thread, however long, and sums up what was asked, decided and left open.",
            Icon = ProductIcons.Threads,
            Arguments =
            [
                new("thread_id", "Id of the thread, thread_…, from thread-create.") { IsId = true },
                new("focus", "What the summary is for.") { Otherwise = "somebody who takes over the conversation" },
            ],
        },
        new("migrate-to-responses")
        {
            Title = "Migrate to the Responses API",
            Description = "Plans and writes the move of one assistant, and of a thread if given, to the Responses API.",
            Icon = ProductIcons.Server,
            Arguments =
            [
                new("assistant_id", "Id of the assistant, asst_…, from assistant-list.") { IsId = true },
                new("thread_id", "Id of a thread to move, thread_…, from thread-create.") { IsId = true, Otherwise = "none: move the assistant alone" },
                new("language", "Programming language of the code to write.") { Otherwise = "the language of the code at hand, or Python" },
            ],
        },
    ];
}
