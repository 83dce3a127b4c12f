using System.Text;
using AssistantsMcp.Tools;

namespace AssistantsMcp.Tests.Tools;

public sealed class TokenEstimateTests
{
    private const string English = "The quick brown fox jumps over the lazy dog, and then considers what its next move should be. ";

    [Theory]
    [InlineData("abcdefghijklmnopqrstuvwxyz")]
    [InlineData("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")]
    [InlineData("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/")]
    [InlineData("0123456789")]
    [InlineData("0123456789 ")]
    [InlineData("0123456789abcdef")]
    [InlineData("qzxjkvw ")]
    [InlineData("a1")]
    [InlineData("Q7~")]
    [InlineData(" \n\t")]
    [InlineData("!#$%&'()*+,-./:;<=>?@[]^_`{|}~")]
    [InlineData("{}[]:,\"\\")]
    public void RandomSigns_CostNoMoreThanEstimated(string signs) => AssertBounded(RandomText([.. signs.EnumerateRunes()]));

    [Theory]
    [InlineData(0x20, 0x7F)]
    [InlineData(0xA0, 0x800)]
    [InlineData(0x400, 0x500)]
    [InlineData(0x800, 0xD800)]
    [InlineData(0x4E00, 0xA000)]
    [InlineData(0xAC00, 0xD7A4)]
    [InlineData(0x1F300, 0x1F650)]
    [InlineData(0x10000, 0x110000)]
    public void RandomCharacters_CostNoMoreThanEstimated(int from, int until) =>
        AssertBounded(RandomText([.. Enumerable.Range(from, until - from).Select(value => new Rune(value))]));

    [Fact]
    public void EscapeSequences_CostNoMoreThanEstimated() =>
        AssertBounded(string.Concat(Enumerable.Range(0, 5000).Select(number => $"\\u{number * 7919 % 65536:x4}\\n")));

    [Fact]
    public void Prose_CostsAThirdOfTheEstimateAtLeast()
    {
        var text = string.Concat(Enumerable.Repeat(English, 100));

        Assert.InRange(TokenEstimate.AtMost(Encoding.UTF8.GetBytes(text)), Tokens.Count(text), 4 * Tokens.Count(text));
    }

    [Fact]
    public void NoByte_CostsMoreThanAToken()
    {
        var text = Encoding.UTF8.GetBytes(RandomText([new Rune('a'), new Rune('7'), new Rune('~'), new Rune('é'), new Rune('語'), new Rune(0x1F600)]));

        Assert.InRange(TokenEstimate.AtMost(text), 1, text.Length);
    }

    private static void AssertBounded(string text)
    {
        var estimate = TokenEstimate.AtMost(Encoding.UTF8.GetBytes(text));
        Assert.True(Tokens.Count(text) <= estimate, $"{Tokens.Count(text)} tokens, and {estimate} estimated.");
    }

    private static string RandomText(Rune[] characters)
    {
        var random = new Random(1);
        return string.Concat(Enumerable.Range(0, 20_000).Select(_ => characters[random.Next(characters.Length)]));
    }
}
