namespace AssistantsMcp.Measure.Load;

/// <summary>A server that does not answer is as wrong as one that answers wrongly.</summary>
internal static class Patience
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(30);

    /// <summary>Waits for answers, but not for ever.</summary>
    /// <param name="answers">What is waited for.</param>
    /// <param name="name">Whose.</param>
    /// <param name="load">How long it is meant to take.</param>
    /// <exception cref="WrongAnswerException">They did not come.</exception>
    public static async Task OrSilentAsync(this Task answers, string name, TimeSpan load = default)
    {
        try
        {
            await answers.WaitAsync(load + _longest);
        }
        catch (TimeoutException)
        {
            throw new WrongAnswerException($"{name} did not answer for {_longest.TotalSeconds:0} seconds");
        }
    }

    /// <inheritdoc cref="OrSilentAsync(Task, string, TimeSpan)"/>
    public static async Task<T> OrSilentAsync<T>(this Task<T> answers, string name)
    {
        await ((Task)answers).OrSilentAsync(name);
        return await answers;
    }
}
