namespace AssistantsMcp.Transport;

/// <summary>The well-formed key of this request's caller. It never prints.</summary>
internal sealed class ApiKeyFeature(string key)
{
    private const string Scheme = "Bearer ";

    private const int ShortestSecret = 12;

    /// <summary>The key itself; for the client of the tools and nothing else.</summary>
    public string Key { get; } = key;

    /// <summary>The key in an <c>Authorization</c> header; null where there is none, or one too short to be secret.</summary>
    public static string? SecretOf(string? authorization) =>
        authorization?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) is true && authorization[Scheme.Length..].Trim() is { Length: >= ShortestSecret } key
            ? key
            : null;

    /// <summary>Whether a text is the key, where keys are secret: an id that is would stand in the address of a request, and in logs of it.</summary>
    public bool IsSecret(string? text) => Key.Length >= ShortestSecret && text == Key;

    /// <summary>
    /// Removes the key from a text that another server wrote. Keys too short to be secret stay: <c>sandbox</c> is a word.
    /// </summary>
    public string Redact(string text) => Key.Length < ShortestSecret ? text : text.Replace(Key, "***", StringComparison.Ordinal);
}
