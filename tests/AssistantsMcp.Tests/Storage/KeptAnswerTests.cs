using AssistantsMcp.Engine;
using AssistantsMcp.Engine.Storage;
using AssistantsMcp.Tests.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Tests.Storage;

/// <summary>Answers that are kept for a day when several servers delete them at the same moment.</summary>
public sealed class KeptAnswerTests
{
    private static readonly DateTimeOffset _outdated = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);

    [PostgresFact]
    public async Task OutdatedAnswers_AreDeletedWithoutWaitingForOnesThatAreBeingDeleted()
    {
        await using var shared = TestDatabase.CreatePostgres();
        var options = Options.Create(new EngineOptions { Storage = { ConnectionString = shared.ConnectionString } });
        await using var database = new PostgresDatabase(options, Unheard.Storage, TimeProvider.System, NullLogger<PostgresDatabase>.Instance);
        await database.StartAsync(CancellationToken.None);
        var store = new Store(database);
        foreach (var number in Enumerable.Range(1, 3))
        {
            await WriteAsync(store, async write => await write.TryKeepAnswerAsync(Answer((byte)number), _outdated) ? 1 : 0);
        }

        var deleted = await WriteAsync(store, async write =>
        {
            var oldest = await write.DeleteOutdatedAnswersOfAnyTenantAsync(_outdated, most: 1);
            return oldest + await WriteAsync(store, other => other.DeleteOutdatedAnswersOfAnyTenantAsync(_outdated, most: 2));
        });

        Assert.Equal(3, deleted);
        Assert.False(await store.AnyOutdatedAnswerAsync(_outdated));
    }

    private static Task<int> WriteAsync(Store store, Func<StoreTransaction, ValueTask<int>> write) =>
        store.WriteAsync(WriteScope.Nothing, write, CancellationToken.None);

    private static KeptAnswer Answer(byte number) => new()
    {
        Tenant = "t",
        KeyHash = [number],
        RequestHash = [0],
        Status = 200,
        Kind = AnswerKind.Json,
        Body = [],
        CreatedAt = _outdated.ToUnixTimeMilliseconds() - 10 + number,
    };
}
