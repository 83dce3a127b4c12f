using System.Data.Common;
using System.Globalization;
using System.Reflection;

namespace AssistantsMcp.Engine.Storage;

/// <summary>
/// Brings a database's schema up to date with the numbered files in <c>Migrations</c>, each in a transaction of its
/// own together with the note that it was applied: interrupted anywhere, the next start goes on from there.
/// </summary>
internal static class Migrator
{
    private const string Folder = "AssistantsMcp.Engine.Storage.Migrations.";

    /// <exception cref="StartupException">The database was made by a newer version of this program.</exception>
    public static void Apply(DbConnection connection)
    {
        // The lock is taken before the version is read: another process may be starting on the same file.
        Execute(connection, "BEGIN IMMEDIATE");
        Execute(connection, "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)");
        var current = CurrentVersion(connection);
        Execute(connection, "COMMIT");

        var migrations = Migrations();
        if (current > migrations[^1].Version)
        {
            throw new StartupException(
                $"Storage:ConnectionString: the database has schema version {current}, this program knows up to {migrations[^1].Version}. Start the newer version again, or name another file.");
        }

        foreach (var (version, sql) in migrations)
        {
            Execute(connection, "BEGIN IMMEDIATE");
            if (version > CurrentVersion(connection))
            {
                Execute(connection, sql);
                Execute(connection, string.Create(CultureInfo.InvariantCulture, $"INSERT INTO schema_version (version) VALUES ({version})"));
            }

            Execute(connection, "COMMIT");
        }
    }

    private static List<(int Version, string Sql)> Migrations()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(name => (int.Parse(name.AsSpan(Folder.Length, 4), CultureInfo.InvariantCulture), Read(assembly, name))),
        ];
    }

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    private static long CurrentVersion(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT COALESCE(MAX(version), 0) FROM schema_version";
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private static void Execute(DbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
