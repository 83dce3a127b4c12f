using System.Text.RegularExpressions;

namespace AssistantsMcp.Engine.HostedTools;

/// <summary>The links with which models point at files that their code made: <c>sandbox:/mnt/data/NAME</c>.</summary>
internal static partial class SandboxLink
{
    private const string Folder = "sandbox:/mnt/data/";

    public static string To(string fileName) => Folder + fileName;

    /// <summary>All such links in a text: where they stand, and the path of the file.</summary>
    public static IEnumerable<(int Start, int End, string Path)> FindAll(string text) =>
        Links().Matches(text).Select(link => (link.Index, link.Index + link.Length, link.Value["sandbox:".Length..]));

    [GeneratedRegex(@"sandbox:/mnt/data/[^\s)\]""'<>`]+")]
    private static partial Regex Links();
}
