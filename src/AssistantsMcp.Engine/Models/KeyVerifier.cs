using AssistantsMcp.Engine.Api;
using Microsoft.Extensions.Logging;

namespace AssistantsMcp.Engine.Models;

/// <summary>What the model server thinks of a key.</summary>
internal enum KeyVerdict
{
    /// <summary>It serves this key, or it asks for none.</summary>
    Accepted,

    /// <summary>It does not know this key.</summary>
    Refused,

    /// <summary>It could not be asked.</summary>
    Unavailable,
}

/// <summary>
/// Judges keys for <see cref="AccessMode.Verify"/> by listing the model server's models with them. A good verdict is
/// remembered for 10 minutes and a bad one for 10 seconds, under the tenant: no key is kept. Callers who ask for the
/// same key at the same time share one call.
/// </summary>
internal sealed partial class KeyVerifier(ModelServer server, TimeProvider clock, ILogger<KeyVerifier> logger)
{
    private const int MaxRemembered = 10_000;

    private static readonly TimeSpan AcceptedFor = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan RefusedFor = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>The verdict on a key, remembered or fresh.</summary>
    /// <param name="key">The caller's key.</param>
    /// <param name="tenant">What the key stands for, one to one.</param>
    /// <param name="cancellationToken">Ends the waiting; others may still want the answer.</param>
    public Task<KeyVerdict> VerifyAsync(ApiKey key, string tenant, CancellationToken cancellationToken)
    {
        TaskCompletionSource<KeyVerdict> verdict;
        lock (_lock)
        {
            if (_entries.TryGetValue(tenant, out var known) && known.Expires > clock.GetUtcNow())
            {
                return known.Verdict.WaitAsync(cancellationToken);
            }

            verdict = new TaskCompletionSource<KeyVerdict>(TaskCreationOptions.RunContinuationsAsynchronously);
            MakeRoom();
            _entries[tenant] = new Entry(verdict.Task, DateTimeOffset.MaxValue);
        }

        _ = AskAndRememberAsync(key, tenant, verdict);
        return verdict.Task.WaitAsync(cancellationToken);
    }

    private async Task AskAndRememberAsync(ApiKey key, string tenant, TaskCompletionSource<KeyVerdict> verdict)
    {
        var answer = KeyVerdict.Unavailable;
        try
        {
            answer = await AskAsync(key, tenant);
        }
        finally
        {
            Remember(tenant, verdict.Task, answer);
            verdict.SetResult(answer);
        }
    }

    private async Task<KeyVerdict> AskAsync(ApiKey key, string tenant)
    {
        try
        {
            var listing = await server.GetModelsAsync(key, tenant, CancellationToken.None);
            return listing.Status switch
            {
                >= 200 and < 300 => KeyVerdict.Accepted,
                404 or 405 or 501 => KeyVerdict.Accepted, // no such route: then there is nobody to ask
                429 => KeyVerdict.Accepted, // only a known key can have used up its rate
                403 when IsAboutScope(listing.Body) => KeyVerdict.Accepted, // a known key that may run models and not list them
                401 or 403 => KeyVerdict.Refused,
                _ => KeyVerdict.Unavailable,
            };
        }
        catch (ModelServerException e)
        {
            Log.NotAsked(logger, e.Message);
            return KeyVerdict.Unavailable;
        }
    }

    private void Remember(string tenant, Task<KeyVerdict> verdict, KeyVerdict answer)
    {
        lock (_lock)
        {
            if (answer == KeyVerdict.Unavailable)
            {
                _entries.Remove(tenant);
                return;
            }

            _entries[tenant] = new Entry(verdict, clock.GetUtcNow() + (answer == KeyVerdict.Accepted ? AcceptedFor : RefusedFor));
        }
    }

    /// <summary>OpenAI answers a restricted key with <c>Missing scopes: api.model.read</c>.</summary>
    private static bool IsAboutScope(byte[] body) =>
        UpstreamError.Of(body).Message?.Contains("scope", StringComparison.OrdinalIgnoreCase) is true;

    /// <summary>Forgets the quarter that expires first, so that a flood of wrong keys pushes out wrong keys.</summary>
    private void MakeRoom()
    {
        if (_entries.Count < MaxRemembered)
        {
            return;
        }

        foreach (var (tenant, _) in _entries.Where(entry => entry.Value.Verdict.IsCompleted).OrderBy(entry => entry.Value.Expires).Take(MaxRemembered / 4).ToList())
        {
            _entries.Remove(tenant);
        }
    }

    private readonly record struct Entry(Task<KeyVerdict> Verdict, DateTimeOffset Expires);

    private static partial class Log
    {
        [LoggerMessage(221, LogLevel.Warning, "A key could not be verified. {Reason}")]
        public static partial void NotAsked(ILogger logger, string reason);
    }
}
