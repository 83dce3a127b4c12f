namespace AssistantsMcp.Tests.Properties;

/// <summary>What the server should hold, as plain lists: the rules of the API in their simplest form.</summary>
internal sealed class World
{
    public Tenant[] Tenants { get; } = [new(), new(), new()];

    /// <summary>Every id that ever was, of any tenant: what one tenant asks for may be another one's, or gone.</summary>
    public List<string> AssistantIds { get; } = [];

    public List<string> ThreadIds { get; } = [];

    /// <summary>An id for a request: mostly one of the tenant's own, now and then a foreign one, a deleted one, or one that never was.</summary>
    public static string Pick(int number, IReadOnlyList<string> own, IReadOnlyList<string> all, string prefix) => number switch
    {
        < 3 => $"{prefix}_000000000000000000000000",
        < 12 when all.Count > 0 => all[number % all.Count],
        _ when own.Count > 0 => own[number % own.Count],
        _ => $"{prefix}_000000000000000000000001",
    };
}

/// <summary>One caller's own world, with a key of its own.</summary>
internal sealed class Tenant
{
    public string Key { get; } = $"sk-{Guid.NewGuid():N}";

    public List<Item> Assistants { get; } = [];

    public List<ThreadItem> Threads { get; } = [];
}

/// <summary>An object: its id and its metadata, which a modification replaces as a whole.</summary>
internal class Item(string id, string metadata)
{
    public string Id => id;

    /// <summary>As JSON.</summary>
    public string Metadata { get; set; } = metadata;
}

internal sealed class ThreadItem(string id, string metadata) : Item(id, metadata)
{
    /// <summary>Oldest first.</summary>
    public List<MessageItem> Messages { get; } = [];

    /// <summary>Oldest first.</summary>
    public List<RunItem> Runs { get; } = [];

    /// <summary>The run that locks the thread.</summary>
    public RunItem? Active => Runs.Find(run => run.Status is "requires_action" or "in_progress");

    /// <summary>What the model does is the first word of the newest message of the user.</summary>
    public string Word => Messages.FindLast(message => message.Role == "user")?.Text.Split(' ')[0] ?? "text";
}

internal sealed class MessageItem(string id, string role, string text, string? runId = null, string status = "completed", string metadata = "{}") : Item(id, metadata)
{
    public string Role => role;

    public string Text => text;

    /// <summary>Null for what a client wrote.</summary>
    public string? RunId => runId;

    public string Status => status;
}

internal sealed class RunItem(string id, string assistantId) : Item(id, "{}")
{
    public string AssistantId => assistantId;

    public string Status { get; set; } = "queued";

    public List<string> CallIds { get; } = [];

    /// <summary>Type and status of each step, oldest first.</summary>
    public List<(string Type, string Status)> Steps { get; } = [];
}
