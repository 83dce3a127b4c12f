using System.Diagnostics.CodeAnalysis;

namespace AssistantsMcp.Clients;

/// <summary>Headers of this server in the form in which clients ask for them.</summary>
internal static class HeaderTexts
{
    public static bool TryGetText(this IHeaderDictionary headers, string name, [NotNullWhen(true)] out string? value)
    {
        value = headers.TryGetValue(name, out var values) ? values.ToString() : null;
        return value is not null;
    }

    public static bool TryGetTexts(this IHeaderDictionary headers, string name, [NotNullWhen(true)] out IEnumerable<string>? texts)
    {
        texts = headers.TryGetValue(name, out var values) ? values.OfType<string>() : null;
        return texts is not null;
    }

    public static IEnumerable<KeyValuePair<string, string>> Texts(this IHeaderDictionary headers) =>
        headers.Select(header => KeyValuePair.Create(header.Key, header.Value.ToString()));
}
