using Microsoft.ML.Tokenizers;

namespace AssistantsMcp.Tests.Tools;

/// <summary>Counts tokens as current models do (o200k_base).</summary>
internal static class Tokens
{
    private static readonly TiktokenTokenizer _tokenizer = TiktokenTokenizer.CreateForEncoding("o200k_base");

    public static int Count(string text) => _tokenizer.CountTokens(text);
}
