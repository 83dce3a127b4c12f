using System.Globalization;
using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.Storage;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine;

/// <summary>Checks the settings before the first request; each message names the key and what is allowed.</summary>
internal sealed class EngineOptionsValidator : IValidateOptions<EngineOptions>
{
    public ValidateOptionsResult Validate(string? name, EngineOptions options)
    {
        var failures = Failures(options).ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> Failures(EngineOptions options)
    {
        if (!options.Model.BaseUrl.IsAbsoluteUri || options.Model.BaseUrl.Scheme is not ("https" or "http"))
        {
            yield return $"Model:BaseUrl must be an http or https URL such as https://api.openai.com/v1, but is '{options.Model.BaseUrl}'.";
        }
        else if (options.Model.BaseUrl is not { UserInfo: "", Query: "", Fragment: "" })
        {
            // Never quoted: a password could be in it.
            yield return "Model:BaseUrl must end with its path, such as https://api.openai.com/v1: no user, no '?', no '#'. A key goes into Model:ApiKey, a version into Model:ApiVersion.";
        }

        if (options.Model.Profile is { Length: > 0 } profile && !BackendProfile.Exists(profile))
        {
            yield return $"Model:Profile must be one of {BackendProfile.Names}, but is '{profile}'.";
        }

        if (options.Model.ApiVersion is { } version && !version.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.'))
        {
            yield return "Model:ApiVersion must be a version such as 2025-04-01-preview: letters, digits, '-' and '.'.";
        }

        if (options.Model.Aliases.FirstOrDefault(alias => string.IsNullOrWhiteSpace(alias.Value)) is { Key: { } stored })
        {
            yield return $"Model:Aliases:{stored} must name the model that is sent in its place.";
        }

        if (!Enum.IsDefined(options.Access.Mode))
        {
            yield return $"Access:Mode must be {AccessOptions.Modes}, but is '{options.Access.Mode}'.";
        }

        if (options.Model.ApiKey is { } key && !KeyForm.Fits(key))
        {
            yield return $"Model:ApiKey must be {KeyForm.Rule}.";
        }

        if (options.Model.ApiKey is not null && options.Access.Mode != AccessMode.List)
        {
            yield return "Model:ApiKey lends this server's key to everybody who is let in, so Access:Mode must be 'list'.";
        }

        if (options.Access.Mode == AccessMode.List && options.Access.Keys.Length == 0)
        {
            yield return "Access:Mode is 'list', so Access:Keys must hold the SHA-256 hash of at least one key (printf %s KEY | sha256sum).";
        }

        if (options.Access.Keys.FirstOrDefault(hash => hash.Length != 64 || !hash.All(char.IsAsciiHexDigit)) is not null)
        {
            yield return "Access:Keys must hold SHA-256 hashes of 64 hex digits, never the keys themselves (printf %s KEY | sha256sum).";
        }

        if (options.Access.Hosts.FirstOrDefault(host => !HostForm.Fits(host)) is { } misnamed)
        {
            yield return $"Access:Hosts must hold names such as assistants.example.com, without scheme and port, or '*' for any, but holds '{misnamed}'.";
        }

        if (options.Access.Origins.FirstOrDefault(origin => WebOrigin.TryParse(origin) is null) is { } foreign)
        {
            yield return $"Access:Origins must hold origins such as https://app.example.com, without a path and never a mere '*', but holds '{foreign}'.";
        }

        foreach (var failure in PostgresConnection.Names(options.Storage.ConnectionString) ? OfPostgres(options) : OfSqlite(options.Storage.ConnectionString))
        {
            yield return failure;
        }

        foreach (var failure in Ranges(options))
        {
            yield return failure;
        }
    }

    // Connection strings are never quoted: a password could be in them.
    private static IEnumerable<string> OfSqlite(string connectionString)
    {
        if (!SqliteDatabase.Understands(connectionString))
        {
            yield return "Storage:ConnectionString must name a SQLite file without a password, such as 'Data Source=data/assistants.db', or a PostgreSQL database, such as 'Host=db;Database=assistants;Username=…;Password=…'.";
        }
        else if (SqliteDatabase.FilePath(connectionString) is var file && Directory.Exists(file))
        {
            yield return $"Storage:ConnectionString: {Path.GetFullPath(file)} is a folder. Name a file in it.";
        }
    }

    private static IEnumerable<string> OfPostgres(EngineOptions options)
    {
        if (PostgresConnection.Problem(options.Storage.ConnectionString) is { } problem)
        {
            yield return $"Storage:ConnectionString names a PostgreSQL database, but {problem}. Write 'Host=db;Database=assistants;Username=…;Password=…' or postgres://user:password@host:5432/database.";
        }

        if (options.Secrets.Key is null)
        {
            yield return "Secrets:Key must be set where the data is in PostgreSQL, the same for every process that uses the database; make one with: openssl rand -base64 32";
        }
    }

    private static IEnumerable<string> Ranges(EngineOptions options)
    {
        var limits = options.Limits;
        foreach (var (setting, value, minimum, maximum, unit) in new[]
        {
            ("Limits:BodyBytes", limits.BodyBytes, 1024, 64 * 1024 * 1024, " bytes"),
            ("Limits:ToolCallBytes", limits.ToolCallBytes, 1024, 64 * 1024 * 1024, " bytes"),
            ("Limits:FileBytes", limits.FileBytes, 1024, 512 * 1024 * 1024, " bytes"),
            ("Limits:MessagesPerThread", limits.MessagesPerThread, 1, 1_000_000, ""),
            ("Limits:AttachedFiles", limits.AttachedFiles, 1, 10_000, ""),
            ("Limits:ConcurrentRuns", limits.ConcurrentRuns, 1, 1000, ""),
            ("Limits:ConcurrentRunsPerTenant", limits.ConcurrentRunsPerTenant, 1, 1000, ""),
            ("Limits:QueuedRunsPerTenant", limits.QueuedRunsPerTenant, 1, 100_000, ""),
            ("Limits:RequestsPerMinute", limits.RequestsPerMinute, 0, 1_000_000, ""),
            ("Limits:RequestBurst", limits.RequestBurst ?? 1, 1, 1_000_000, ""),
            ("Limits:ConcurrentStreams", limits.ConcurrentStreams, 1, 10_000, ""),
            ("Limits:SlowestBytesPerSecond", limits.SlowestBytesPerSecond, 1, 1024 * 1024, " bytes"),
        })
        {
            if (value < minimum || value > maximum)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{setting} must be {minimum} to {maximum}{unit}, but is {value}.");
            }
        }

        foreach (var (setting, value, minimum, maximum) in new[]
        {
            ("Limits:RunLifetime", limits.RunLifetime, TimeSpan.FromSeconds(10), TimeSpan.FromHours(1)),
            ("Limits:RunLease", limits.RunLease, TimeSpan.FromSeconds(3), LimitOptions.LongestRunLease),
            ("Limits:RequestTimeout", limits.RequestTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
            ("Limits:HeadersTimeout", limits.HeadersTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)),
            ("Limits:ShutdownGrace", limits.ShutdownGrace, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)),
            ("Model:Timeout", options.Model.Timeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
        })
        {
            if (value < minimum || value > maximum)
            {
                yield return $"{setting} must be {minimum:c} to {maximum:c}, but is {value:c}.";
            }
        }
    }
}
