using System.Data.Common;

namespace AssistantsMcp.Engine.Storage;

/// <summary>One connection with the statements prepared on it. It is used by one caller at a time.</summary>
internal sealed class DatabaseSession(DbConnection connection, SqlDialect dialect) : IDisposable
{
    private readonly Dictionary<string, DbCommand> _prepared = new(StringComparer.Ordinal);

    public DbConnection Connection => connection;

    public SqlDialect Dialect => dialect;

    /// <summary>A prepared statement with its values set.</summary>
    /// <param name="sql">The statement: a constant, for the statement is kept by its text.</param>
    /// <param name="values">Its parameters by name, always the same names in the same order; null is stored as NULL.</param>
    public DbCommand Command(string sql, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            foreach (var (name, _) in values)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = name;
                command.Parameters.Add(parameter);
            }

            _prepared.Add(sql, command);
        }

        for (var index = 0; index < values.Length; index++)
        {
            command.Parameters[index].Value = values[index].Value ?? DBNull.Value;
        }

        return command;
    }

    /// <summary>Executes statements one after the other, in one round trip where the database can do that.</summary>
    public async ValueTask ExecuteAsync(IReadOnlyList<Statement> statements)
    {
        if (!connection.CanCreateBatch)
        {
            foreach (var statement in statements)
            {
                await Command(statement.Sql, statement.Values).ExecuteNonQueryAsync();
            }

            return;
        }

        await using var batch = connection.CreateBatch();
        foreach (var statement in statements)
        {
            var command = batch.CreateBatchCommand();
            command.CommandText = statement.Sql;
            foreach (var (name, value) in statement.Values)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = name;
                parameter.Value = value ?? DBNull.Value;
                command.Parameters.Add(parameter);
            }

            batch.BatchCommands.Add(command);
        }

        await batch.ExecuteNonQueryAsync();
    }

    public void Dispose()
    {
        foreach (var command in _prepared.Values)
        {
            command.Dispose();
        }

        connection.Dispose();
    }
}
