namespace AssistantsMcp.Engine.Models;

/// <summary>
/// Places in texts. The API counts in code points, as the service did (and Python does); strings here count in
/// UTF-16, where an emoji is two.
/// </summary>
internal static class CodePoints
{
    /// <summary>How many code points a text has.</summary>
    public static int Count(ReadOnlySpan<char> text)
    {
        var count = text.Length;
        foreach (var character in text)
        {
            if (char.IsLowSurrogate(character))
            {
                count--;
            }
        }

        return count;
    }

    /// <summary>Where in a string that code point stands; its end where it has not so many.</summary>
    public static int IndexOf(string text, long codePoint)
    {
        var index = 0;
        for (; codePoint > 0 && index < text.Length; codePoint--)
        {
            index += char.IsHighSurrogate(text[index]) && index + 1 < text.Length ? 2 : 1;
        }

        return index;
    }
}
