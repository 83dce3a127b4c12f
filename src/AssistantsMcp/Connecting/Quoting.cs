using System.Text;
using System.Text.RegularExpressions;

namespace AssistantsMcp.Connecting;

/// <summary>Text as the formats of the clients' settings want it.</summary>
internal static partial class Quoting
{
    /// <summary>A string between double quotes that JSON, TOML and YAML read alike.</summary>
    public static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"", text.Length + 2);
        foreach (var character in text)
        {
            _ = character switch
            {
                '"' or '\\' => quoted.Append('\\').Append(character),
                '\u2028' or '\u2029' => Escape(quoted, character),
                _ when char.IsControl(character) => Escape(quoted, character),
                _ => quoted.Append(character),
            };
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>A list of such strings, in one line.</summary>
    public static string Quoted(IEnumerable<string> texts) => $"[{string.Join(", ", texts.Select(Quoted))}]";

    /// <summary>A word of a command line, for the shell of this machine.</summary>
    public static string ShellWord(string text) => Plain().IsMatch(text) ? text
        : OperatingSystem.IsWindows() ? $"\"{text}\""
        : $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    private static StringBuilder Escape(StringBuilder quoted, char character) => quoted.Append($"\\u{(int)character:x4}");

    [GeneratedRegex(@"^[A-Za-z0-9_@%+:,./-]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Plain();
}
