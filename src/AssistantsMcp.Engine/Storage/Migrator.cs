using System.Data.Common;
using System.Globalization;
using System.Reflection;

namespace AssistantsMcp.Engine.Storage;

/// <summary>
/// Brings a database's schema up to date with the numbered files of its kind in <c>Migrations</c>, each in a
/// transaction of its own together with the note that it was applied: interrupted anywhere, the next start goes on from
/// there.
/// </summary>
/// <param name="database">The folder of its files: <c>Sqlite</c>.</param>
/// <param name="begin">
/// Begins a transaction that excludes other processes: one may be starting on the same database, so the lock comes
/// before the version is read.
/// </param>
internal sealed class Migrator(string database, string begin)
{
    private readonly string _folder = $"AssistantsMcp.Engine.Storage.Migrations.{database}.";

    /// <exception cref="StartupException">The database was made by a newer version of this program.</exception>
    public void Apply(DbConnection connection)
    {
        Execute(connection, begin);
        Execute(connection, "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)");
        var current = CurrentVersion(connection);
        Execute(connection, "COMMIT");

        var migrations = Migrations();
        if (current > migrations[^1].Version)
        {
            throw new StartupException(
                $"Storage:ConnectionString: the database has schema version {current}, this program knows up to {migrations[^1].Version}. Start the newer version again, or name another database.");
        }

        foreach (var (version, sql) in migrations)
        {
            Execute(connection, begin);
            if (version > CurrentVersion(connection))
            {
                // However long it takes: a large table takes its time, and whoever gives up begins anew.
                Execute(connection, sql, timeoutSeconds: 0);
                Execute(connection, string.Create(CultureInfo.InvariantCulture, $"INSERT INTO schema_version (version) VALUES ({version})"));
            }

            Execute(connection, "COMMIT");
        }
    }

    private List<(int Version, string Sql)> Migrations()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(_folder, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(name => (int.Parse(name.AsSpan(_folder.Length, 4), CultureInfo.InvariantCulture), Read(assembly, name))),
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

    private static void Execute(DbConnection connection, string sql, int? timeoutSeconds = null)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = timeoutSeconds ?? command.CommandTimeout;
        command.ExecuteNonQuery();
    }
}
