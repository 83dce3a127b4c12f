namespace AssistantsMcp.Tests.Models;

/// <summary>A scripted model server, and the client of it as the engine makes it. The key is in no line of its log.</summary>
public abstract class ModelClientTests : IAsyncLifetime
{
    private protected FakeResponsesServer Server { get; private set; } = null!;

    private protected ModelTestHost Host { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Server = await FakeResponsesServer.StartAsync();
        Host = ModelTestHost.For(Server.BaseUrl);
    }

    public async Task DisposeAsync()
    {
        Assert.Empty(Server.Unexpected);
        Assert.DoesNotContain(Host.Lines.All, line => line.Contains(Requests.Secret, StringComparison.Ordinal));
        await Host.DisposeAsync();
        await Server.DisposeAsync();
    }
}
