using Npgsql;

namespace AssistantsMcp.Measure.Targets;

/// <summary>The throw-away PostgreSQL server of <c>scripts/with-postgres</c>.</summary>
internal static class Postgres
{
    /// <summary>Its connection string; null where there is none.</summary>
    public static string? Server { get; } = Environment.GetEnvironmentVariable("TEST_POSTGRES");

    /// <summary>A database of its own.</summary>
    /// <returns>Its connection string.</returns>
    public static async Task<string> CreateAsync()
    {
        var name = $"bench_{Guid.NewGuid():N}";
        await using var source = NpgsqlDataSource.Create(Server!);
        await using var create = source.CreateCommand($"CREATE DATABASE {name}");
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(Server) { Database = name }.ToString();
    }
}
