namespace AssistantsMcp.Engine.Api;

/// <summary>A caller's secret. It prints masked, so that no log, trace or error can show it by accident.</summary>
/// <param name="Value">The key itself; for the <c>Authorization</c> header toward the model server and nothing else.</param>
internal readonly record struct ApiKey(string Value)
{
    /// <summary>The key of the playground tenant.</summary>
    public static readonly ApiKey Sandbox = new("sandbox");

    /// <summary>On whose account it is used; empty where the model server has no say in that.</summary>
    public KeyAccount Account { get; init; }

    /// <summary>Removes the key from a text that somebody else wrote, such as an upstream error.</summary>
    public string Redact(string text) => Value is null ? text : text.Replace(Value, "***", StringComparison.Ordinal);

    public override string ToString() => "***";
}
