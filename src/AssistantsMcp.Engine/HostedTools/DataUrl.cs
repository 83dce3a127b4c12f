using System.Text.RegularExpressions;

namespace AssistantsMcp.Engine.HostedTools;

/// <summary>Pictures that are spelt out where their address should be: <c>data:image/png;base64,…</c>.</summary>
internal static partial class DataUrl
{
    /// <summary>The picture, and the usual ending of its file name; null where the address is of another form, or the picture too large.</summary>
    public static (string Extension, byte[] Bytes)? Read(string url, int longest)
    {
        if (Beginning().Match(url) is not { Success: true } match || (url.Length - match.Length) / 4 * 3 > longest)
        {
            return null;
        }

        try
        {
            return (match.Groups["type"].Value, Convert.FromBase64String(url[match.Length..]));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    [GeneratedRegex("^data:image/(?<type>png|jpeg|gif|webp);base64,")]
    private static partial Regex Beginning();
}
