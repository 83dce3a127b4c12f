using AssistantsMcp.Engine;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Storage;
using AssistantsMcp.Tests.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Tests.Storage;

[Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
public sealed class SqliteWriterTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("assistants-mcp-");
    private readonly SqliteDatabase _database;
    private readonly Store _store;
    private bool _isClosed;

    public SqliteWriterTests()
    {
        var options = new EngineOptions { Storage = { ConnectionString = $"Data Source={Path.Combine(_folder.FullName, "test.db")}" } };
        _database = new SqliteDatabase(Options.Create(options), Unheard.Storage, NullLogger<SqliteWriter>.Instance);
        _store = new Store(_database);
    }

    public Task InitializeAsync() => _database.StartAsync(CancellationToken.None);

    public Task DisposeAsync()
    {
        Close();
        _folder.Delete(recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task WritesThatWait_AreCommittedTogether()
    {
        var release = HoldTheWriter(out var held);
        var writes = Enumerable.Range(0, 100).Select(index => InsertAsync($"asst_{index}")).ToList();
        // Run inside the last write of the batch: what a reader sees then is what was committed before it.
        StoredObject? seenMeanwhile = null;
        var last = _store.WriteAsync(
            WriteScope.Nothing,
            async write =>
            {
                seenMeanwhile = await _store.FindAsync(Kind.Assistant, "t", "asst_0");
                await write.InsertAsync("t", New("asst_last"));
            },
            CancellationToken.None);

        release.Set();
        await Task.WhenAll([held, last, .. writes]);

        Assert.Null(seenMeanwhile);
        Assert.Equal(101, (await ListAsync()).Count);
    }

    [Fact]
    public async Task WriteThatThrows_IsUndoneAlone()
    {
        var release = HoldTheWriter(out var held);
        var before = InsertAsync("asst_before");
        var failing = _store.WriteAsync(
            WriteScope.Nothing,
            async write =>
            {
                await write.InsertAsync("t", New("asst_half"));
                throw ApiException.NotFound("assistant", "asst_x");
            },
            CancellationToken.None);
        var after = InsertAsync("asst_after");

        release.Set();
        await Task.WhenAll(held, before, after);
        var exception = await Assert.ThrowsAsync<ApiException>(() => failing);

        Assert.Equal("No assistant found with id 'asst_x'.", exception.Message);
        Assert.Equal(["asst_after", "asst_before"], await ListAsync());
    }

    [Fact]
    public async Task WriteThatTheDatabaseRefuses_IsUndoneAloneAndToldAsUnavailable()
    {
        await InsertAsync("asst_1");
        var release = HoldTheWriter(out var held);
        var before = InsertAsync("asst_2");
        var twice = InsertAsync("asst_1");
        var after = InsertAsync("asst_3");

        release.Set();
        await Task.WhenAll(held, before, after);
        var exception = await Assert.ThrowsAsync<ApiException>(() => twice);

        Assert.Equal((503, "The database failed, so nothing was stored. Please try again."), (exception.Status, exception.Message));
        Assert.Equal(["asst_3", "asst_2", "asst_1"], await ListAsync());
    }

    [LinuxFact]
    public async Task WhatUndoesAWriteAlone_IsInNoFile()
    {
        var ids = Enumerable.Range(0, 100).Select(index => $"asst_{index}").ToList();
        await _store.WriteAsync(
            WriteScope.Nothing, write => ForAll(id => write.InsertAsync("t", new NewObject(Kind.Assistant, id, new byte[2000]))), CancellationToken.None);

        IReadOnlyList<string> files = [];
        await _store.WriteAsync(
            WriteScope.Nothing,
            async write =>
            {
                await ForAll(id => write.UpdateAsync("t", id, new byte[2001]));
                files = [.. new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos().Select(file => file.LinkTarget ?? "")];
            },
            CancellationToken.None);

        Assert.DoesNotContain(files, file => file.Contains("etilqs", StringComparison.Ordinal));

        async ValueTask ForAll(Func<string, ValueTask> write)
        {
            foreach (var id in ids)
            {
                await write(id);
            }
        }
    }

    [Fact]
    public async Task WhatACommitBringsAbout_HappensOnceItIsOnDiskAndInOrder()
    {
        var release = HoldTheWriter(out var held);
        var happened = new List<string>();
        var seen = new List<StoredObject?>();
        var first = InsertAndTellAsync("asst_1");
        var undone = Assert.ThrowsAsync<ApiException>(() => InsertAndTellAsync("asst_2", throws: true));
        var second = InsertAndTellAsync("asst_3");

        release.Set();
        await Task.WhenAll(held, first, undone, second);

        Assert.Equal(["asst_1", "asst_3"], happened);
        Assert.DoesNotContain(null, seen);

        Task InsertAndTellAsync(string id, bool throws = false) => _store.WriteAsync(
            WriteScope.Nothing,
            async write =>
            {
                await write.InsertAsync("t", New(id));
                write.OnCommitted(() =>
                {
                    happened.Add(id);
                    seen.Add(_store.FindAsync(Kind.Assistant, "t", id).AsTask().GetAwaiter().GetResult());
                });
                if (throws)
                {
                    throw ApiException.NotFound("assistant", id);
                }
            },
            CancellationToken.None);
    }

    [Fact]
    public async Task WhatACommitBringsAbout_FailsItsOwnWriteOnly()
    {
        var release = HoldTheWriter(out var held);
        var failing = _store.WriteAsync(
            WriteScope.Nothing,
            write =>
            {
                write.OnCommitted(() => throw new InvalidOperationException("Told nobody."));
                return ValueTask.CompletedTask;
            },
            CancellationToken.None);
        var after = InsertAsync("asst_1");

        release.Set();
        await Task.WhenAll(held, after);

        await Assert.ThrowsAsync<InvalidOperationException>(() => failing);
    }

    [Fact]
    public async Task WriteWithdrawnWhileItWaits_IsNotDone()
    {
        using var withdrawal = new CancellationTokenSource();
        var release = HoldTheWriter(out var held);
        var withdrawn = _store.WriteAsync(WriteScope.Nothing, write => write.InsertAsync("t", New("asst_1")), withdrawal.Token);
        await withdrawal.CancelAsync();

        release.Set();
        await held;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => withdrawn);
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task Disposal_FinishesWhatWaitsAndTakesNoMore()
    {
        var release = HoldTheWriter(out var held);
        var waiting = InsertAsync("asst_1");
        var disposal = Task.Run(Close);
        release.Set();

        await Task.WhenAll(held, waiting, disposal);

        var late = await Assert.ThrowsAsync<ApiException>(() => InsertAsync("asst_2"));
        Assert.Equal((503, "The server is stopping, so nothing was stored. Please try again."), (late.Status, late.Message));
    }

    [Fact]
    public async Task FileThatCannotBeOpenedForReading_IsToldAsUnavailable()
    {
        File.Move(Path.Combine(_folder.FullName, "test.db"), Path.Combine(_folder.FullName, "elsewhere.db"));
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "test.db"));

        var exception = await Assert.ThrowsAsync<ApiException>(ListAsync);

        Assert.Equal(503, exception.Status);
    }

    private void Close()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            _database.Dispose();
        }
    }

    /// <summary>Keeps the writer busy, so that what comes next waits together.</summary>
    private ManualResetEventSlim HoldTheWriter(out Task held)
    {
        var (entered, release) = (new ManualResetEventSlim(), new ManualResetEventSlim());
        held = _store.WriteAsync(
            WriteScope.Nothing,
            _ =>
            {
                entered.Set();
                release.Wait();
                return ValueTask.CompletedTask;
            },
            CancellationToken.None);
        entered.Wait();
        return release;
    }

    private Task InsertAsync(string id) => _store.WriteAsync(WriteScope.Nothing, write => write.InsertAsync("t", New(id)), CancellationToken.None);

    private static NewObject New(string id) => new(Kind.Assistant, id, "{}"u8.ToArray());

    private async Task<IReadOnlyList<string>> ListAsync() =>
        [.. (await _store.NewestAsync(Kind.Assistant, "t", "", 1000)).Select(item => item.Id).Reverse()];
}
