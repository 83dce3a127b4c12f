using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AssistantsMcp.Engine.Storage;

/// <summary>Notices by PostgreSQL's <c>LISTEN</c> and <c>NOTIFY</c>, on two connections of their own.</summary>
internal sealed partial class PostgresNotices : INotices, IAsyncDisposable
{
    /// <summary>Deployments that share a database by schemas do not hear each other. Names have at most 63 bytes.</summary>
    private const string Everybody = "LEFT('assistants_mcp_' || CURRENT_SCHEMA, 63)";

    private const int MostWaiting = 10_000;
    private const int MostAtOnce = 256;

    private static readonly TimeSpan _betweenTries = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource _source;
    private readonly Channel<(string? Process, string Text)> _waiting =
        Channel.CreateBounded<(string? Process, string Text)>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    private readonly TimeProvider _time;
    private readonly ILogger<PostgresNotices> _logger;

    public PostgresNotices(IOptions<EngineOptions> options, TimeProvider time, ILogger<PostgresNotices> logger)
    {
        (_time, _logger) = (time, logger);
        var settings = PostgresConnection.Parse(options.Value.Storage.ConnectionString);
        settings.MaxPoolSize = 2;

        // Notices are not worth a wait for the disk; and a connection on which nothing comes may be dead.
        settings.Options += " -c synchronous_commit=off";
        settings.KeepAlive = settings.KeepAlive == 0 ? 10 : settings.KeepAlive;

        // A connection that has listened must not go on doing so when it is used to send.
        settings.NoResetOnClose = false;
        _source = new NpgsqlSlimDataSourceBuilder(settings.ConnectionString) { Name = "notices" }.EnableTransportSecurity().Build();
    }

    public string Process { get; } = $"assistants_mcp_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";

    public bool Tell(string? process, string text) => _waiting.Writer.TryWrite((process, text));

    public Task ListenAsync(Action<string> heard, CancellationToken cancellationToken) => Task.WhenAll(
        RepeatAsync(connection => HearAsync(connection, heard, cancellationToken), cancellationToken),
        RepeatAsync(connection => SendAsync(connection, cancellationToken), cancellationToken));

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    /// <summary>Works on a connection, and on another one when it breaks.</summary>
    private async Task RepeatAsync(Func<NpgsqlConnection, Task> work, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await _source.OpenConnectionAsync(cancellationToken);
                await work(connection);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // The process stops.
            }
            catch (Exception exception)
            {
                // Of any kind: a connection whose keep-alive failed is simply not open when it is used next.
                Log.Lost(_logger, exception.Message);
                await Task.Delay(_betweenTries, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task HearAsync(NpgsqlConnection connection, Action<string> heard, CancellationToken cancellationToken)
    {
        connection.Notification += (_, notice) => heard(notice.Payload);
        await using (var command = connection.CreateCommand())
        {
            command.CommandText = $"SELECT QUOTE_IDENT({Everybody})";
            var everybody = (string)(await command.ExecuteScalarAsync(cancellationToken))!;
            command.CommandText = $"LISTEN {everybody}; LISTEN {Process}";
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        while (true)
        {
            await connection.WaitAsync(cancellationToken);
        }
    }

    private async Task SendAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            while (await _waiting.Reader.WaitToReadAsync(cancellationToken))
            {
                await SendWaitingAsync(connection);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // What this process says last, when it lets go of its runs, is still to be heard.
            while (_waiting.Reader.TryPeek(out _))
            {
                await SendWaitingAsync(connection);
            }
        }
    }

    private async Task SendWaitingAsync(NpgsqlConnection connection)
    {
        await using var batch = connection.CreateBatch();
        while (batch.BatchCommands.Count < MostAtOnce && _waiting.Reader.TryRead(out var notice))
        {
            batch.BatchCommands.Add(ToCommand(notice.Process, notice.Text));
        }

        await batch.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private static NpgsqlBatchCommand ToCommand(string? process, string text)
    {
        var command = new NpgsqlBatchCommand(process is null ? $"SELECT PG_NOTIFY({Everybody}, @text)" : "SELECT PG_NOTIFY(@process, @text)");
        if (process is not null)
        {
            command.Parameters.AddWithValue("process", process);
        }

        command.Parameters.AddWithValue("text", text);
        return command;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Notices between processes are interrupted; until they are back, each looks at the database once a second: {Reason}")]
        public static partial void Lost(ILogger logger, string reason);
    }
}
