using System.Text;
using ModelContextProtocol.Protocol;

namespace AssistantsMcp;

/// <summary>Pictures for clients that show some: a middle tone that stands out on light and dark, held as data, asked of no host.</summary>
internal static class ProductIcons
{
    /// <summary>Two speech bubbles.</summary>
    public static Icon Server { get; } = Svg("M3 3h12v9H8l-3 3v-3H3zM17 8h4v9h-2v3l-3-3h-6v-3h7z");

    /// <summary>A head and shoulders.</summary>
    public static Icon Assistants { get; } = Svg("M12 3a4.5 4.5 0 0 1 0 9 4.5 4.5 0 0 1 0-9zM3 21c0-9 18-9 18 0z");

    /// <summary>Lines, one below the other.</summary>
    public static Icon Threads { get; } = Svg("M3 4h18v4H3zM3 10h18v4H3zM3 16h12v4H3z");

    /// <summary>A bubble with lines in it.</summary>
    public static Icon Messages { get; } = Svg("M3 3h18v14H11l-4 4v-4H3zM6 7v2h12V7zM6 11v2h8v-2z");

    /// <summary>The triangle that starts things.</summary>
    public static Icon Runs { get; } = Svg("M6 3l14 9-14 9z");

    private static Icon Svg(string path)
    {
        var svg = $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="#0e9f7e" fill-rule="evenodd" d="{path}"/></svg>""";
        return new Icon
        {
            Source = $"data:image/svg+xml;base64,{Convert.ToBase64String(Encoding.UTF8.GetBytes(svg))}",
            MimeType = "image/svg+xml",
            Sizes = ["any"],
        };
    }
}
