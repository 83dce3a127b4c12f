using ModelContextProtocol.Server;

namespace AssistantsMcp.Resources;

/// <summary>All resources in the order they are listed: documents first, then the caller's own objects.</summary>
internal static class ResourceCatalog
{
    public static DocumentResource GettingStarted { get; } = new("docs://getting-started", "getting-started");

    /// <summary>How things are done with the tools, call by call.</summary>
    public static IReadOnlyList<DocumentResource> Workflows { get; } =
    [
        new("examples://workflows/create-and-run", "create-and-run"),
        new("examples://workflows/tool-calling", "tool-calling"),
        new("examples://workflows/batch-processing", "batch-processing"),
        new("examples://workflows/error-recovery", "error-recovery"),
    ];

    /// <summary>Arguments for <c>assistant-create</c>, each with the reasons for them.</summary>
    public static IReadOnlyList<DocumentResource> Templates { get; } =
    [
        new("assistant://templates/coding-assistant", "coding-assistant"),
        new("assistant://templates/writing-assistant", "writing-assistant"),
        new("assistant://templates/data-analyst", "data-analyst"),
        new("assistant://templates/customer-support", "customer-support"),
    ];

    public static IReadOnlyList<ObjectResource> Objects { get; } =
    [
        new("assistants://{assistant_id}", AssistantReport.ReadAsync)
        {
            Title = "Assistant",
            Description = "One of your assistants as JSON: its model, instructions, tools and metadata. Very long values are cut and marked with ….",
            MimeType = "application/json",
            Icon = ProductIcons.Assistants,
        },
        new("threads://{thread_id}/messages", ThreadTranscript.ReadAsync, "after")
        {
            Title = "Transcript of a thread",
            Description = "A thread's messages as Markdown, oldest first, below 25,000 tokens. Where more follow, the second line says so: add ?after= with the id of the last message that you have read.",
            MimeType = "text/markdown",
            Icon = ProductIcons.Messages,
        },
        new("runs://{thread_id}/{run_id}", RunReport.ReadAsync)
        {
            Title = "Report on a run",
            Description = "A run as Markdown: its status and what to do about it, pending calls, error, token usage, and its steps, oldest first.",
            MimeType = "text/markdown",
            Icon = ProductIcons.Runs,
        },
    ];

    public static IEnumerable<McpServerResource> All => [GettingStarted, .. Workflows, .. Templates, .. Objects];
}
