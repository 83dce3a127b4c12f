using AssistantsMcp.Engine.Telemetry;
using Npgsql;

namespace AssistantsMcp.Engine.Storage;

/// <summary>
/// Adds messages that come at the same time with one commit, in one round trip: first it takes the locks of their threads
/// as far as nobody else holds them, then it adds what may be added. The others are refused, and go their own way.
/// </summary>
/// <param name="open">Opens a connection.</param>
/// <param name="metrics">Told how long a group took, statements and commit.</param>
internal sealed class PostgresMessageGroups(Func<CancellationToken, ValueTask<NpgsqlConnection>> open, StorageMetrics metrics)
{
    /// <summary>While one group is being committed, the next one is sent.</summary>
    private const int MostAtOnce = 2;

    /// <summary>Most messages in one commit, so that the first of them does not wait for ever.</summary>
    private const int MostInGroup = 64;

    /// <summary>
    /// A statement sees what was committed before it began, so the locks are taken by one before that. It waits for none:
    /// whoever held one of them would keep the whole group waiting.
    /// </summary>
    private const string HoldThreads = """
        SELECT SET_CONFIG('assistants_mcp.held', ARRAY_AGG(PG_TRY_ADVISORY_XACT_LOCK(key) ORDER BY place)::text, TRUE)
        FROM UNNEST($1) WITH ORDINALITY AS wanted (key, place)
        """;

    private readonly Queue<Waiting> _waiting = [];
    private int _groups;

    /// <summary>Adds a message to a thread to which this process adds no other one meanwhile.</summary>
    public Task<Addition> AddAsync(NewMessage message, CancellationToken cancellationToken)
    {
        var waiting = new Waiting(message, cancellationToken);
        lock (_waiting)
        {
            _waiting.Enqueue(waiting);
            if (_groups < MostAtOnce)
            {
                _groups++;

                // A group is nobody's own: it carries neither the trace nor the log scope of the request that began it.
                ThreadPool.UnsafeQueueUserWorkItem(static groups => _ = groups.AddGroupsAsync(), this, preferLocal: false);
            }
        }

        return waiting.Task;
    }

    private async Task AddGroupsAsync()
    {
        while (NextGroup() is { } group)
        {
            await AddAsync(group);
        }
    }

    private List<Waiting>? NextGroup()
    {
        lock (_waiting)
        {
            var group = new List<Waiting>(Math.Min(_waiting.Count, MostInGroup));
            while (group.Count < MostInGroup && _waiting.TryDequeue(out var next))
            {
                if (!next.IsWithdrawn())
                {
                    group.Add(next);
                }
            }

            if (group.Count > 0)
            {
                return group;
            }

            _groups--;
            return null;
        }
    }

    private async Task AddAsync(List<Waiting> group)
    {
        try
        {
            await using var connection = await open(CancellationToken.None);
            var begun = metrics.Now;
            var added = await AddAsync(connection, group);
            metrics.Committed(begun, added.Count);
            group.ForEach(message => message.SetResult(added.Contains(message.Message.Id) ? Addition.Added : Addition.Refused));
        }
        catch (NpgsqlException exception)
        {
            // Each finds out by itself what is wrong: it may be one of them.
            var outcome = PostgresErrors.IsLostConnection(exception) ? Addition.Unknown : Addition.Refused;
            group.ForEach(message => message.SetResult(outcome));
        }
        catch (Exception exception)
        {
            group.ForEach(message => message.SetException(exception));
        }
    }

    /// <summary>Statements of a batch that nobody has begun a transaction for are one transaction, and end with its commit.</summary>
    private static async ValueTask<HashSet<string>> AddAsync(NpgsqlConnection connection, List<Waiting> group)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(HoldThreads) { Parameters = { ArrayOf(group, message => message.Lock) } },
                new NpgsqlBatchCommand(MessageQueries.AddHeldMessages)
                {
                    Parameters =
                    {
                        ArrayOf(group, message => message.Tenant),
                        ArrayOf(group, message => message.Id),
                        ArrayOf(group, message => message.ThreadId),
                        ArrayOf(group, message => message.Body),
                        new NpgsqlParameter<long> { TypedValue = group[0].Message.Most },
                    },
                },
            },
        };

        var added = new HashSet<string>(group.Count, StringComparer.Ordinal);
        await using var reader = await batch.ExecuteReaderAsync();
        await reader.NextResultAsync();
        while (await reader.ReadAsync())
        {
            added.Add(reader.GetString(0));
        }

        // The end of the results is the answer to the commit.
        await reader.NextResultAsync();
        return added;
    }

    private static NpgsqlParameter<T[]> ArrayOf<T>(List<Waiting> group, Func<NewMessage, T> value) =>
        new() { TypedValue = [.. group.Select(waiting => value(waiting.Message))] };

    private sealed class Waiting(NewMessage message, CancellationToken cancellationToken)
        : TaskCompletionSource<Addition>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public NewMessage Message => message;

        public bool IsWithdrawn() => cancellationToken.IsCancellationRequested && TrySetCanceled(cancellationToken);
    }
}

/// <summary>A message that is to join a thread.</summary>
/// <param name="Lock">The number that stands for the thread.</param>
/// <param name="Tenant">Whose thread it is.</param>
/// <param name="ThreadId">The thread.</param>
/// <param name="Id">The message's id.</param>
/// <param name="Body">Its wire JSON.</param>
/// <param name="Most">How many messages a thread holds.</param>
internal sealed record NewMessage(long Lock, string Tenant, string ThreadId, string Id, byte[] Body, int Most);

/// <summary>What has become of a message that was to be added.</summary>
internal enum Addition
{
    Added,

    /// <summary>It is not stored.</summary>
    Refused,

    /// <summary>The connection broke, and it may be stored or not.</summary>
    Unknown,
}
