using System.Runtime.CompilerServices;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace AssistantsMcp.Tests.Execution;

/// <summary>Where a write fails.</summary>
public enum WriteFault
{
    /// <summary>It does not begin.</summary>
    NotBegun,

    /// <summary>Its commit fails, so that it is undone.</summary>
    Undone,

    /// <summary>It is committed, only that nobody hears of it.</summary>
    Unheard,
}

/// <summary>A database whose writes fail when they are told to.</summary>
internal sealed class FailingDatabase(IDatabase database) : IDatabase, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private (int Left, WriteFault Where, Func<WriteScope, bool> IsMeant) _fault;

    /// <summary>How many writes are still to fail.</summary>
    public int FailuresLeft
    {
        get
        {
            lock (_lock)
            {
                return _fault.Left;
            }
        }
    }

    /// <summary>Puts it before the app's own database.</summary>
    public static void AddTo(WebApplicationBuilder builder)
    {
        var own = builder.Services.Last(service => service.ServiceType == typeof(IDatabase)).ImplementationFactory!;
        builder.Services.AddSingleton<IDatabase>(provider => new FailingDatabase((IDatabase)own(provider)));
    }

    /// <summary>Has the next writes fail.</summary>
    /// <param name="writes">How many.</param>
    /// <param name="where">Where they fail.</param>
    /// <param name="isMeant">Which; all unless told.</param>
    public void FailNext(int writes, WriteFault where = WriteFault.NotBegun, Func<WriteScope, bool>? isMeant = null)
    {
        lock (_lock)
        {
            _fault = (writes, where, isMeant ?? (_ => true));
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => database.StartAsync(cancellationToken);

    public ValueTask<T> ReadAsync<T>(Func<DatabaseSession, ValueTask<T>> read) => database.ReadAsync(read);

    public async Task<T> WriteAsync<T>(WriteScope scope, Func<StoreTransaction, ValueTask<T>> write, CancellationToken cancellationToken)
    {
        if (TakeFault(scope) is not { } where)
        {
            return await database.WriteAsync(scope, write, cancellationToken);
        }

        if (where != WriteFault.NotBegun)
        {
            await database.WriteAsync(scope, UnheardAsync, cancellationToken);
        }

        throw Away();

        async ValueTask<T> UnheardAsync(StoreTransaction transaction)
        {
            var result = await write(transaction);
            OnCommitted(transaction) = null;
            return where == WriteFault.Unheard ? result : throw Away();
        }
    }

    public async ValueTask DisposeAsync()
    {
        (database as IDisposable)?.Dispose();
        if (database is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }
    }

    private static ApiException Away() => ApiException.Unavailable("The database is away.");

    private WriteFault? TakeFault(WriteScope scope)
    {
        lock (_lock)
        {
            if (_fault.Left == 0 || !_fault.IsMeant(scope))
            {
                return null;
            }

            _fault.Left--;
            return _fault.Where;
        }
    }

    /// <summary>What is done after the commit: a process that does not hear of it cannot do it.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_committed")]
    private static extern ref Action? OnCommitted(StoreTransaction transaction);
}
