using Npgsql;

namespace AssistantsMcp.Engine.Storage;

/// <summary>How a PostgreSQL database is named: <c>Host=…;Database=…</c>, or an address <c>postgres://…</c> as clouds hand them out.</summary>
internal static class PostgresConnection
{
    /// <summary>Connections of one process: replicas share the server's, of which it has 100 by default.</summary>
    private const int UsualPoolSize = 20;

    /// <summary>How long to wait for a connection, in seconds, and for an answer on it.</summary>
    private const int UsualTimeout = 5;
    private const int UsualCommandTimeout = 10;

    /// <summary>
    /// A process that is paused in the middle of a transaction would keep its locks; the server ends the transaction
    /// then, and whoever waits for a lock is told before their caller gives up. Whoever has a lock has to see what its
    /// last holder committed, so each statement sees what was committed before it.
    /// </summary>
    private const string SessionSettings =
        @"-c idle_in_transaction_session_timeout=5s -c lock_timeout=4s -c default_transaction_isolation=read\ committed";

    /// <summary>Whether a connection string names a PostgreSQL database rather than a file.</summary>
    public static bool Names(string connectionString) =>
        IsAddress(connectionString)
        || connectionString.Contains("Host=", StringComparison.OrdinalIgnoreCase)
        || connectionString.Contains("Server=", StringComparison.OrdinalIgnoreCase);

    /// <summary>The connection string as the driver takes it, with this program's defaults where it says nothing.</summary>
    /// <exception cref="ArgumentException">It cannot be understood; the message never quotes it, for a password could be in it.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string connectionString)
    {
        var builder = IsAddress(connectionString) ? OfAddress(connectionString) : new NpgsqlConnectionStringBuilder(connectionString);
        if (string.IsNullOrEmpty(builder.Host))
        {
            throw new MisnamedException("it names no host");
        }

        SetUnlessGiven(builder, "Maximum Pool Size", UsualPoolSize);
        SetUnlessGiven(builder, "Timeout", UsualTimeout);
        SetUnlessGiven(builder, "Command Timeout", UsualCommandTimeout);
        SetUnlessGiven(builder, "Max Auto Prepare", 100);
        SetUnlessGiven(builder, "Auto Prepare Min Usages", 2);
        SetUnlessGiven(builder, "Application Name", "AssistantsMcp");

        // Nothing that would have to be reset outlives a transaction, and a reset costs more than the usual read.
        SetUnlessGiven(builder, "No Reset On Close", true);
        builder.Options = string.IsNullOrEmpty(builder.Options) ? SessionSettings : $"{SessionSettings} {builder.Options}";
        return builder;
    }

    /// <summary>What is wrong with a connection string, or null.</summary>
    public static string? Problem(string connectionString)
    {
        try
        {
            Parse(connectionString);
            return null;
        }
        catch (MisnamedException exception)
        {
            return exception.Message;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException or InvalidCastException)
        {
            // The driver quotes what it does not know: the rest of a password, where that holds a ';' and has no quotation marks.
            return "it has a setting that is not known, or a value of the wrong form; a value with ';' or '=' in it needs quotation marks";
        }
    }

    private static bool IsAddress(string connectionString) =>
        connectionString.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase)
        || connectionString.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    private static void SetUnlessGiven(NpgsqlConnectionStringBuilder builder, string keyword, object value)
    {
        if (!builder.ShouldSerialize(keyword))
        {
            builder[keyword] = value;
        }
    }

    /// <remarks>Source: PostgreSQL, libpq connection URIs.</remarks>
    private static NpgsqlConnectionStringBuilder OfAddress(string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Fragment.Length > 0)
        {
            throw new MisnamedException("it is no address such as postgres://user:password@host:5432/database");
        }

        var user = uri.UserInfo.Split(':', 2);
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host,
            Username = Uri.UnescapeDataString(user[0]),
            Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null,
        };
        if (uri.Port > 0)
        {
            builder.Port = uri.Port;
        }

        if (uri.AbsolutePath.Length > 1)
        {
            builder.Database = Uri.UnescapeDataString(uri.AbsolutePath[1..]);
        }

        foreach (var setting in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = setting.Split('=', 2);
            Set(builder, Uri.UnescapeDataString(pair[0]), pair.Length > 1 ? Uri.UnescapeDataString(pair[1]) : "");
        }

        return builder;
    }

    private static void Set(NpgsqlConnectionStringBuilder builder, string name, string value)
    {
        switch (name)
        {
            case "sslmode":
                builder["SSL Mode"] = value.Replace("-", "", StringComparison.Ordinal);
                break;
            case "sslrootcert":
                builder.RootCertificate = value;
                break;
            case "application_name":
                builder.ApplicationName = value;
                break;
            case "connect_timeout":
                builder["Timeout"] = value;
                break;
            case "options":
                builder.Options = value;
                break;
            default:
                throw new MisnamedException(
                    "the address has a setting that is not known; known are sslmode, sslrootcert, application_name, connect_timeout and options");
        }
    }

    /// <summary>Its message quotes nothing.</summary>
    private sealed class MisnamedException(string problem) : ArgumentException(problem);
}
