using AssistantsMcp.Tests.Models;

namespace AssistantsMcp.Tests.HostedTools;

/// <summary>A server whose model server hosts tools.</summary>
public abstract class HostingModelTests : IAsyncLifetime
{
    private RunApp _app = null!;

    private protected TestApp App => _app.App;

    private protected FakeResponsesServer Model => _app.Model;

    private protected RestClient Api { get; private set; } = null!;

    public virtual async Task InitializeAsync()
    {
        _app = await RunApp.StartAsync(null, "Model:Profile=openai");
        Api = _app.As();
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();
}
