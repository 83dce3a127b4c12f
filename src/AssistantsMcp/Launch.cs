namespace AssistantsMcp;

/// <summary>Runs a host to its end and turns the outcome into an exit code.</summary>
internal static class Launch
{
    /// <summary>Runs until the process is told to stop. A known reason not to start becomes one line and exit code 1.</summary>
    public static async Task<int> RunAsync<THost>(Func<THost> create, params Action<THost>[] onStarted)
        where THost : IHost
    {
        try
        {
            using var host = create();
            await host.StartAsync();
            foreach (var act in onStarted)
            {
                act(host);
            }

            await host.WaitForShutdownAsync();
            return 0;
        }
        catch (Exception exception) when (StartFailure.Describe(exception) is { } reason)
        {
            return Fail(reason);
        }
    }

    public static int Say(string text)
    {
        Console.Out.WriteLine(text);
        return 0;
    }

    public static int Fail(string reason)
    {
        Console.Error.WriteLine($"AssistantsMcp: {reason}");
        return 1;
    }
}
