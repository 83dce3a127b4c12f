using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace AssistantsMcp.References;

/// <summary>GET of one assistant: the server's own SELECT on the server's own database, and the stored bytes.</summary>
internal static class StoredRow
{
    private const string Find = "SELECT id, body FROM objects WHERE tenant = @tenant AND id = @id AND kind = @kind AND parent = @parent";

    /// <param name="app">Settings: <c>--database CONNECTION</c>, <c>--tenant TENANT</c>.</param>
    public static void MapStoredRow(this WebApplication app)
    {
        var (database, tenant) = (app.Configuration["database"]!, app.Configuration["tenant"]!);
        var idle = new ConcurrentBag<DbCommand>();
        app.MapGet("/v1/assistants/{id}", async context =>
        {
            var command = idle.TryTake(out var ready) ? ready : Prepare(database, tenant);
            command.Parameters["@id"].Value = (string)context.Request.RouteValues["id"]!;
            byte[] body;
            await using (var reader = await command.ExecuteReaderAsync(context.RequestAborted))
            {
                await reader.ReadAsync(context.RequestAborted);
                body = reader.GetFieldValue<byte[]>(1);
            }

            idle.Add(command);
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        });
    }

    private static DbCommand Prepare(string database, string tenant)
    {
        DbConnection connection = database.StartsWith("Data Source", StringComparison.OrdinalIgnoreCase)
            ? new SqliteConnection(database)
            : new NpgsqlConnection(database);
        connection.Open();
        var command = connection.CreateCommand();
        command.CommandText = Find;
        foreach (var (name, value) in new (string, object)[] { ("@tenant", tenant), ("@id", ""), ("@kind", 1), ("@parent", "") })
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        command.Prepare();
        return command;
    }
}
