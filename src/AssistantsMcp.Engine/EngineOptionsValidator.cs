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
        if (options.Limits.BodyBytes is < 1024 or > 64 * 1024 * 1024)
        {
            yield return $"Limits:BodyBytes must be 1024 to 67108864 bytes, but is {options.Limits.BodyBytes.ToString(CultureInfo.InvariantCulture)}.";
        }

        if (options.Limits.FileBytes is < 1024 or > 512 * 1024 * 1024)
        {
            yield return $"Limits:FileBytes must be 1024 to 536870912 bytes, but is {options.Limits.FileBytes.ToString(CultureInfo.InvariantCulture)}.";
        }

        if (options.Limits.MessagesPerThread is < 1 or > 1_000_000)
        {
            yield return $"Limits:MessagesPerThread must be 1 to 1000000, but is {options.Limits.MessagesPerThread.ToString(CultureInfo.InvariantCulture)}.";
        }

        if (options.Limits.ConcurrentRuns is < 1 or > 1000)
        {
            yield return $"Limits:ConcurrentRuns must be 1 to 1000, but is {options.Limits.ConcurrentRuns.ToString(CultureInfo.InvariantCulture)}.";
        }

        if (options.Limits.ConcurrentStreams is < 1 or > 10_000)
        {
            yield return $"Limits:ConcurrentStreams must be 1 to 10000, but is {options.Limits.ConcurrentStreams.ToString(CultureInfo.InvariantCulture)}.";
        }

        if (options.Limits.SlowestBytesPerSecond is < 1 or > 1024 * 1024)
        {
            yield return $"Limits:SlowestBytesPerSecond must be 1 to 1048576, but is {options.Limits.SlowestBytesPerSecond.ToString(CultureInfo.InvariantCulture)}.";
        }

        foreach (var (setting, value, minimum, maximum) in new[]
        {
            ("Limits:RunLifetime", options.Limits.RunLifetime, TimeSpan.FromSeconds(10), TimeSpan.FromHours(1)),
            ("Limits:HeadersTimeout", options.Limits.HeadersTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)),
            ("Limits:RunLease", options.Limits.RunLease, TimeSpan.FromSeconds(3), TimeSpan.FromMinutes(5)),
            ("Limits:ShutdownGrace", options.Limits.ShutdownGrace, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)),
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
