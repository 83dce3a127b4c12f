namespace AssistantsMcp.Engine.Telemetry;

/// <summary>
/// The names of models in metrics. Callers can write anything for one, and each name is kept for ever, so only those
/// that the model server has answered to are shown, and only so many.
/// </summary>
internal sealed class ModelNames
{
    private const string Other = "_OTHER";
    private const int Most = 100;
    private const int Longest = 100;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <param name="model">The name that was sent.</param>
    /// <param name="isAnswered">Whether the server answered as that model.</param>
    public string Shown(string model, bool isAnswered)
    {
        lock (_lock)
        {
            return _known.Contains(model) || (isAnswered && model.Length <= Longest && _known.Count < Most && _known.Add(model)) ? model : Other;
        }
    }
}
