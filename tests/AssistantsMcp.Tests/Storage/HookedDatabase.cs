using AssistantsMcp.Engine.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace AssistantsMcp.Tests.Storage;

/// <summary>The app's own database, with something happening just before a write, its commit, or just after it.</summary>
internal sealed class HookedDatabase : IDatabase
{
    private IDatabase _database = null!;
    private int _reads;

    /// <summary>Done once, before the next write begins.</summary>
    public Func<Task>? BeforeWrite { get; set; }

    /// <summary>Done once, when the next write has run all its statements.</summary>
    public Func<Task>? BeforeCommit { get; set; }

    /// <summary>How many reads there were.</summary>
    public int Reads => Volatile.Read(ref _reads);

    /// <summary>Done once, when the next write is on disk and nobody has heard of it yet.</summary>
    public Func<Task>? AfterCommit { get; set; }

    public void Register(WebApplicationBuilder builder)
    {
        var own = builder.Services.Last(service => service.ServiceType == typeof(IDatabase)).ImplementationFactory!;
        builder.Services.AddKeyedSingleton(typeof(HookedDatabase), (services, _) => (IDatabase)own(services));
        builder.Services.AddSingleton<IDatabase>(services =>
        {
            _database = services.GetRequiredKeyedService<IDatabase>(typeof(HookedDatabase));
            return this;
        });
    }

    public Task StartAsync(CancellationToken cancellationToken) => _database.StartAsync(cancellationToken);

    public ValueTask<T> ReadAsync<T>(Func<DatabaseSession, ValueTask<T>> read)
    {
        Interlocked.Increment(ref _reads);
        return _database.ReadAsync(read);
    }

    public async Task<T> WriteAsync<T>(WriteScope scope, Func<StoreTransaction, ValueTask<T>> write, CancellationToken cancellationToken)
    {
        var (before, beforeCommit, after) = (BeforeWrite, BeforeCommit, AfterCommit);
        (BeforeWrite, BeforeCommit, AfterCommit) = (null, null, null);
        if (before is not null)
        {
            await before();
        }

        var result = await _database.WriteAsync(
            scope,
            async transaction =>
            {
                var written = await write(transaction);
                await (beforeCommit?.Invoke() ?? Task.CompletedTask);
                return written;
            },
            cancellationToken);
        if (after is not null)
        {
            await after();
        }

        return result;
    }
}
