using System.Globalization;
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

        if (options.Model.ApiKey is { } key && !Api.ApiKey.IsWellFormed(key))
        {
            yield return "Model:ApiKey must be 1 to 256 letters, digits, '.', '_' and '-'.";
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

        if (!Storage.SqliteDatabase.Understands(options.Storage.ConnectionString))
        {
            yield return "Storage:ConnectionString must name a SQLite file, such as 'Data Source=data/assistants.db'.";
        }

        foreach (var failure in Ranges(options))
        {
            yield return failure;
        }
    }

    private static IEnumerable<string> Ranges(EngineOptions options)
    {
        if (options.Limits.BodyBytes is < 1024 or > 64 * 1024 * 1024)
        {
            yield return $"Limits:BodyBytes must be 1024 to 67108864 bytes, but is {options.Limits.BodyBytes.ToString(CultureInfo.InvariantCulture)}.";
        }

        if (options.Limits.ConcurrentRuns is < 1 or > 1000)
        {
            yield return $"Limits:ConcurrentRuns must be 1 to 1000, but is {options.Limits.ConcurrentRuns.ToString(CultureInfo.InvariantCulture)}.";
        }

        foreach (var (setting, value, minimum, maximum) in new[]
        {
            ("Limits:RunLifetime", options.Limits.RunLifetime, TimeSpan.FromSeconds(10), TimeSpan.FromHours(1)),
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
