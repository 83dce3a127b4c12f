using System.Net;
using AssistantsMcp.Engine.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace AssistantsMcp.Tests.Execution;

/// <summary>
/// A server whose database answers but whose worker does not get to its queue is not ready. On PostgreSQL a start reads,
/// too, and would not come to its end here.
/// </summary>
[Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
public sealed class WorkerHealthTests
{
    [Fact]
    public async Task WorkerThatCannotReadItsQueue_IsNotReady()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        ReadsThatHang? reads = null;
        await using var app = await TestApp.StartAsync(customize: builder =>
        {
            var own = builder.Services.Last(service => service.ServiceType == typeof(IDatabase)).ImplementationFactory!;
            builder.Services.AddSingleton<TimeProvider>(time);
            builder.Services.AddSingleton<IDatabase>(provider => reads = new ReadsThatHang((IDatabase)own(provider)));
        });
        await reads!.Begun;

        Assert.Equal(HttpStatusCode.OK, await ReadinessAsync(app));
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await ReadinessAsync(app));
        reads.Release();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await ReadinessAsync(app) != HttpStatusCode.OK)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), patience.Token);
            time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private static async Task<HttpStatusCode> ReadinessAsync(TestApp app)
    {
        using var response = await app.Http.GetAsync(new Uri("/readyz", UriKind.Relative)).WaitAsync(TimeSpan.FromSeconds(30));
        return response.StatusCode;
    }

    /// <summary>A database whose reads wait until they may go on.</summary>
    private sealed class ReadsThatHang(IDatabase database) : IDatabase, IAsyncDisposable
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Begun => _begun.Task.WaitAsync(TimeSpan.FromSeconds(30));

        public void Release() => _released.SetResult();

        public Task StartAsync(CancellationToken cancellationToken) => database.StartAsync(cancellationToken);

        public async ValueTask<T> ReadAsync<T>(Func<DatabaseSession, ValueTask<T>> read)
        {
            _begun.TrySetResult();
            await _released.Task;
            return await database.ReadAsync(read);
        }

        public Task<T> WriteAsync<T>(WriteScope scope, Func<StoreTransaction, ValueTask<T>> write, CancellationToken cancellationToken) =>
            database.WriteAsync(scope, write, cancellationToken);

        public async ValueTask DisposeAsync()
        {
            (database as IDisposable)?.Dispose();
            if (database is IAsyncDisposable disposable)
            {
                await disposable.DisposeAsync();
            }
        }
    }
}
