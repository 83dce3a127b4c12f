namespace AssistantsMcp.Engine.Runs;

/// <summary>The states of a run, as they stand on the wire and in the database.</summary>
internal static class RunStatuses
{
    public const string Queued = "queued";
    public const string InProgress = "in_progress";
    public const string RequiresAction = "requires_action";
    public const string Cancelling = "cancelling";
    public const string Cancelled = "cancelled";
    public const string Failed = "failed";
    public const string Completed = "completed";
    public const string Incomplete = "incomplete";
    public const string Expired = "expired";

    /// <summary>Whether a run in this state has ended for good.</summary>
    public static bool IsTerminal(string status) => status is Cancelled or Failed or Completed or Incomplete or Expired;
}
