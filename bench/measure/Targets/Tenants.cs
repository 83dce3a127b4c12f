using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace AssistantsMcp.Measure.Targets;

/// <summary>Looks into the server's databases.</summary>
internal static class Tenants
{
    /// <summary>Whose object it is.</summary>
    public static async Task<string> OfAsync(string database, string id)
    {
        await using var connection = Connect(database);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT tenant FROM objects WHERE id = @id";
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = ("@id", id);
        command.Parameters.Add(parameter);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    public static DbConnection Connect(string database) =>
        database.StartsWith("Data Source", StringComparison.Ordinal) ? new SqliteConnection(database) : new NpgsqlConnection(database);
}
