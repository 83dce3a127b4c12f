using System.Text;

namespace AssistantsMcp.Tests.Security;

/// <summary>A key in all the forms in which it could leak: as it is, any 12 characters of it, escaped, in base64, in hex.</summary>
internal sealed class KeyForms(string key)
{
    private const int Piece = 12;

    private readonly string[] _forms =
    [
        .. Enumerable.Range(0, key.Length - Piece + 1).Select(start => key.Substring(start, Piece)),
        string.Concat(key[..Piece].Select(letter => $"%{(int)letter:X2}")),
        string.Concat(key[..Piece].Select(letter => $"\\u{(int)letter:X4}")),
        Convert.ToHexString(Encoding.ASCII.GetBytes(key[..Piece])),
        // Wherever the key begins in what is encoded, one of three alignments holds; the letters at both ends depend on what is around.
        .. Enumerable.Range(0, 3).Select(skipped => Convert.ToBase64String(Encoding.ASCII.GetBytes(key[skipped..(skipped + 15)]))[..^4]),
    ];

    public string Key => key;

    public void AssertAbsent(IReadOnlyCollection<string> texts)
    {
        Assert.NotEmpty(texts);
        foreach (var text in texts)
        {
            Assert.True(
                Array.Find(_forms, form => text.Contains(form, StringComparison.OrdinalIgnoreCase)) is null,
                $"A piece of the key is in: {text[..Math.Min(text.Length, 2000)]}");
        }
    }
}
