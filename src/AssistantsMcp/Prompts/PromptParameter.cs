namespace AssistantsMcp.Prompts;

/// <summary>An argument of a prompt.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it is, for whoever fills it in.</param>
internal sealed record PromptParameter(string Name, string Description)
{
    /// <summary>What stands in its place when it is left out; null where it is required.</summary>
    public string? Otherwise { get; init; }

    /// <summary>The only values it can have; none for any.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>Whether it is the id of an object.</summary>
    public bool IsId { get; init; }
}
