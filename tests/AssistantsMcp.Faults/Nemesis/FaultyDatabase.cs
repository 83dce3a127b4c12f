using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Storage;

namespace AssistantsMcp.Faults.Nemesis;

/// <summary>Where in a call of the storage the fault strikes.</summary>
public enum StorageFault
{
    /// <summary>Nothing is read, and no transaction begun.</summary>
    BeforeTheCall,

    /// <summary>All statements have run, and are undone; a read has no result.</summary>
    BeforeTheCommit,

    /// <summary>It is stored, but nobody can know.</summary>
    AfterTheCommit,
}

/// <summary>The real database, one call of which fails.</summary>
/// <param name="inner">The real one.</param>
/// <param name="fault">How the call fails.</param>
/// <param name="number">Which call, from 1.</param>
internal sealed class FaultyDatabase(IDatabase inner, StorageFault fault, int number) : IDatabase, IAsyncDisposable
{
    private int _calls;

    /// <summary>Whether so many calls were made that one failed.</summary>
    public bool HasFailed => Volatile.Read(ref _calls) >= number;

    public Task StartAsync(CancellationToken cancellationToken) => inner.StartAsync(cancellationToken);

    public async ValueTask<T> ReadAsync<T>(Func<DatabaseSession, ValueTask<T>> read)
    {
        var fails = Interlocked.Increment(ref _calls) == number;
        FailAt(StorageFault.BeforeTheCall, fails);
        var result = await inner.ReadAsync(read);
        FailAt(fault, fails);
        return result;
    }

    public async Task<T> WriteAsync<T>(WriteScope scope, Func<StoreTransaction, ValueTask<T>> write, CancellationToken cancellationToken)
    {
        var fails = Interlocked.Increment(ref _calls) == number;
        FailAt(StorageFault.BeforeTheCall, fails);
        var result = await inner.WriteAsync(
            scope,
            async transaction =>
            {
                var written = await write(transaction);
                FailAt(StorageFault.BeforeTheCommit, fails);
                return written;
            },
            cancellationToken);
        FailAt(StorageFault.AfterTheCommit, fails);
        return result;
    }

    public ValueTask DisposeAsync()
    {
        (inner as IDisposable)?.Dispose();
        return (inner as IAsyncDisposable)?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    private void FailAt(StorageFault moment, bool fails)
    {
        if (fails && moment == fault)
        {
            throw ApiException.Unavailable("The database failed. Please try again.");
        }
    }
}
