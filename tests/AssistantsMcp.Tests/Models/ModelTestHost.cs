using AssistantsMcp.Engine;
using AssistantsMcp.Engine.Files;
using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.Storage;
using AssistantsMcp.Engine.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AssistantsMcp.Tests.Models;

/// <summary>The model clients as the engine registers them, with their log.</summary>
internal sealed class ModelTestHost : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private ModelTestHost(Uri baseUrl, TimeProvider? clock, Action<ModelOptions>? configure)
    {
        var services = new ServiceCollection();
        services.AddSingleton(clock ?? new ImpatientClock());
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Lines));
        services.Configure<EngineOptions>(options =>
        {
            options.Model.BaseUrl = baseUrl;
            configure?.Invoke(options.Model);
        });
        services.AddMetrics();
        services.AddModelClients();
        services.AddSingleton<StorageMetrics>().AddSingleton<IDatabase, SqliteDatabase>().AddSingleton<Store>().AddSingleton<FileStore>();
        _services = services.BuildServiceProvider();
    }

    public LogLines Lines { get; } = new();

    public ResponsesModelClient Client => _services.GetRequiredService<ResponsesModelClient>();

    public ModelServer Server => _services.GetRequiredService<ModelServer>();

    public KeyVerifier Verifier => _services.GetRequiredService<KeyVerifier>();

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    /// <summary>Clients of that model server; their back-offs take no time unless a clock is given.</summary>
    public static ModelTestHost For(Uri baseUrl, TimeProvider? clock = null, Action<ModelOptions>? configure = null) =>
        new(baseUrl, clock, configure);

    /// <summary>Runs a whole turn.</summary>
    public async Task<List<ModelEvent>> RunAsync(ModelRequest? request = null)
    {
        var events = new List<ModelEvent>();
        await foreach (var next in Client.StreamAsync(request ?? Requests.Hello, CancellationToken.None))
        {
            events.Add(next);
        }

        TurnRules.Check(events);
        return events;
    }

    /// <summary>Runs a turn that fails, and returns how.</summary>
    public async Task<TurnFailed> FailAsync(ModelRequest? request = null) => Assert.IsType<TurnFailed>((await RunAsync(request))[^1]);
}
