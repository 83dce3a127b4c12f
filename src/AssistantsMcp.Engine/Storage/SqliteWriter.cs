using System.Collections.Concurrent;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Telemetry;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace AssistantsMcp.Engine.Storage;

/// <summary>
/// The one writer of a SQLite file, on a thread of its own. What waits together is committed together, for a commit
/// costs a wait for the disk however much is in it; each write is still undone alone when it fails.
/// </summary>
internal sealed partial class SqliteWriter : IDisposable
{
    /// <summary>Most writes in one commit, so that the first of them does not wait for ever.</summary>
    private const int MaxBatch = 256;

    private readonly BlockingCollection<IWrite> _waiting = [];
    private readonly List<IWrite> _batch = new(MaxBatch);
    private readonly DatabaseSession _session;
    private readonly StorageMetrics _metrics;
    private readonly ILogger<SqliteWriter> _logger;
    private readonly Thread _thread;

    public SqliteWriter(DatabaseSession session, StorageMetrics metrics, ILogger<SqliteWriter> logger)
    {
        _session = session;
        _metrics = metrics;
        _logger = logger;
        _thread = new Thread(Run) { IsBackground = true, Name = "SQLite writer" };
        _thread.Start();
    }

    public Task<T> EnqueueAsync<T>(Func<StoreTransaction, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        var write = new Write<T>(new StoreTransaction(_session), work, cancellationToken);
        try
        {
            _waiting.Add(write, CancellationToken.None);
        }
        catch (InvalidOperationException)
        {
            throw ApiException.Unavailable("The server is stopping, so nothing was stored. Please try again.");
        }

        return write.Task;
    }

    /// <summary>Takes no more writes, and returns when those that wait are done.</summary>
    public void Dispose()
    {
        _waiting.CompleteAdding();
        _thread.Join();
        _session.Dispose();
        _waiting.Dispose();
    }

    private void Run()
    {
        foreach (var first in _waiting.GetConsumingEnumerable())
        {
            _batch.Add(first);
            while (_batch.Count < MaxBatch && _waiting.TryTake(out var next))
            {
                _batch.Add(next);
            }

            CommitBatch();
            _batch.Clear();
        }
    }

    private void CommitBatch()
    {
        try
        {
            Execute("BEGIN IMMEDIATE");
            foreach (var write in _batch)
            {
                Execute("SAVEPOINT write");
                if (!write.Run())
                {
                    Execute("ROLLBACK TO write");
                }

                Execute("RELEASE write");
            }

            var begun = _metrics.Now;
            Execute("COMMIT");
            _metrics.Committed(begun, _batch.Count);
        }
        catch (Exception exception)
        {
            // Nothing of the batch is on disk: everybody in it is told so, and the connection is made clean again.
            _metrics.Failed(SqliteDatabase.CodeOf(exception));
            Log.CommitFailed(_logger, exception, _batch.Count);
            Rollback();
            var told = exception is SqliteException storage ? SqliteDatabase.Translate(storage) : exception;
            _batch.ForEach(write => write.Fail(told));
            return;
        }

        _batch.ForEach(write => write.Finish());
    }

    private void Rollback()
    {
        try
        {
            Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has already rolled back by itself, as it does when the disk is full.
        }
    }

    private void Execute(string statement) => _session.Command(statement).ExecuteNonQuery();

    private interface IWrite
    {
        /// <summary>Does the work; false when it threw and must be undone.</summary>
        bool Run();

        /// <summary>The commit succeeded: does what it brings about, and hands out the result, or what the work threw.</summary>
        void Finish();

        /// <summary>The commit failed.</summary>
        void Fail(Exception exception);
    }

    private sealed class Write<T>(
        StoreTransaction transaction, Func<StoreTransaction, ValueTask<T>> work, CancellationToken cancellationToken) : IWrite
    {
        // Continuations run elsewhere: the writer's thread belongs to the next batch.
        private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T _result = default!;
        private Exception? _exception;

        public Task<T> Task => _completion.Task;

        public bool Run()
        {
            try
            {
                cancellationToken.ThrowIfCancellationRequested();
                // SQLite's driver never really waits, so the task is done when it is returned.
                _result = work(transaction).AsTask().GetAwaiter().GetResult();
                return true;
            }
            catch (SqliteException exception) when (exception.SqliteErrorCode is SQLitePCL.raw.SQLITE_FULL or SQLitePCL.raw.SQLITE_IOERR)
            {
                // SQLite may have rolled back the whole transaction, so the whole batch has failed.
                throw;
            }
            catch (Exception exception)
            {
                _exception = exception;
                return false;
            }
        }

        public void Finish()
        {
            switch (_exception)
            {
                case null:
                    Succeed();
                    break;
                case OperationCanceledException:
                    _completion.SetCanceled(cancellationToken);
                    break;
                case SqliteException storage:
                    _completion.SetException(SqliteDatabase.Translate(storage));
                    break;
                default:
                    _completion.SetException(_exception);
                    break;
            }
        }

        public void Fail(Exception exception) => _completion.SetException(exception);

        private void Succeed()
        {
            try
            {
                transaction.Committed();
                _completion.SetResult(_result);
            }
            catch (Exception exception)
            {
                // The others of the batch still wait to hear of their commit.
                _completion.SetException(exception);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A commit of {Writes} writes failed; none of them is stored.")]
        public static partial void CommitFailed(ILogger logger, Exception exception, int writes);
    }
}
