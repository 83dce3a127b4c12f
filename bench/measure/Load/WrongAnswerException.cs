namespace AssistantsMcp.Measure.Load;

/// <summary>A target answered wrongly, so that nothing measured on it counts.</summary>
internal sealed class WrongAnswerException(string message) : Exception(message.Length > MostCharacters ? $"{message[..MostCharacters]}…" : message)
{
    private const int MostCharacters = 1000;
}
