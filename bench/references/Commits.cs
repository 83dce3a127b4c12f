using Microsoft.Data.Sqlite;

namespace AssistantsMcp.References;

/// <summary>POST of one message: one INSERT and one commit for each request, on disk before it is answered.</summary>
internal static class Commits
{
    private const string Insert = "INSERT INTO objects (kind, tenant, id, parent, run_id, body) VALUES (3, 'reference', @id, @parent, NULL, @body)";

    /// <param name="app">Setting: <c>--database CONNECTION</c>, a SQLite file that the server has made.</param>
    public static void MapCommits(this WebApplication app)
    {
        var connection = new SqliteConnection(app.Configuration["database"]!);
        connection.Open();
        using (var pragmas = connection.CreateCommand())
        {
            pragmas.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;";
            pragmas.ExecuteNonQuery();
        }

        var insert = connection.CreateCommand();
        insert.CommandText = Insert;
        var (id, parent, body) = (insert.Parameters.Add("@id", SqliteType.Text), insert.Parameters.Add("@parent", SqliteType.Text), insert.Parameters.Add("@body", SqliteType.Blob));
        var turn = new SemaphoreSlim(1);
        app.MapPost("/v1/threads/{thread}/messages", async context =>
        {
            using var content = new MemoryStream();
            await context.Request.Body.CopyToAsync(content, context.RequestAborted);
            await turn.WaitAsync(context.RequestAborted);
            try
            {
                (id.Value, parent.Value, body.Value) = ($"msg_{Guid.NewGuid():N}", (string)context.Request.RouteValues["thread"]!, content.ToArray());
                insert.ExecuteNonQuery();
            }
            finally
            {
                turn.Release();
            }

            context.Response.ContentType = "application/json";
            context.Response.ContentLength = content.Length;
            await context.Response.Body.WriteAsync(content.GetBuffer().AsMemory(0, (int)content.Length), context.RequestAborted);
        });
    }
}
