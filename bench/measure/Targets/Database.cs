using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace AssistantsMcp.Measure.Targets;

/// <summary>The server's databases, from outside.</summary>
internal static class Database
{
    public static DbConnection Connect(string database) =>
        database.StartsWith("Data Source", StringComparison.Ordinal) ? new SqliteConnection(database) : new NpgsqlConnection(database);

    public static DbCommand Command(this DbConnection connection, string statement, params (string Name, object Value)[] values)
    {
        var command = connection.CreateCommand();
        command.CommandText = statement;
        foreach (var (name, value) in values)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        return command;
    }

    /// <summary>Whose object it is.</summary>
    public static async Task<string> TenantOfAsync(string database, string id)
    {
        await using var connection = Connect(database);
        await connection.OpenAsync();
        await using var command = connection.Command("SELECT tenant FROM objects WHERE id = @id", ("@id", id));
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
