using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace AssistantsMcp.Engine.PassThrough;

/// <summary>
/// The headers that pass, by name: what is not listed stays behind. So no cookie, no trace, no address of a caller and
/// no note of a proxy before this server reaches the model server, and none of its cookies and policies come back.
/// </summary>
internal static class ForwardedHeaders
{
    private static readonly HashSet<string> _ofRequests = new(StringComparer.OrdinalIgnoreCase)
    {
        HeaderNames.Accept, HeaderNames.AcceptEncoding, HeaderNames.AcceptLanguage, HeaderNames.ContentType, HeaderNames.ContentLength,
        HeaderNames.ContentEncoding, HeaderNames.IfMatch, HeaderNames.IfNoneMatch, HeaderNames.Range, HeaderNames.UserAgent,
        "Idempotency-Key", "X-Client-Request-Id",
    };

    private static readonly string[] _prefixesOfRequests = ["OpenAI-", "X-Stainless-"];

    /// <summary>Whose account pays, and for which project. Not for callers to choose where the key is the server's.</summary>
    private static readonly string[] _account = ["OpenAI-Organization", "OpenAI-Project"];

    private static readonly HashSet<string> _ofResponses = new(StringComparer.OrdinalIgnoreCase)
    {
        HeaderNames.AcceptRanges, HeaderNames.CacheControl, HeaderNames.ContentDisposition, HeaderNames.ContentEncoding, HeaderNames.ContentLanguage,
        HeaderNames.ContentLength, HeaderNames.ContentRange, HeaderNames.ContentType, HeaderNames.ETag, HeaderNames.LastModified, HeaderNames.RetryAfter,
        "Retry-After-Ms", "X-Should-Retry",
    };

    private static readonly string[] _prefixesOfResponses = ["OpenAI-", "X-RateLimit-"];

    /// <summary>Removes from a request what does not pass.</summary>
    /// <param name="request">The request to the model server, with all the headers of the caller's.</param>
    /// <param name="isServersAccount">Whether <c>Model:ApiKey</c> pays.</param>
    public static void Clean(HttpRequestMessage request, bool isServersAccount)
    {
        Clean(request.Headers, isServersAccount);
        if (request.Content is { } content)
        {
            Clean(content.Headers, isServersAccount);
        }
    }

    /// <summary>Copies from the model server's response what passes.</summary>
    public static void Copy(HttpResponseMessage from, HttpResponse to, bool isServersAccount)
    {
        Copy(from.Headers, to, isServersAccount);
        Copy(from.Content.Headers, to, isServersAccount);

        // The request has an id of ours; the model server's own is what its support will ask for.
        if (from.Headers.NonValidated.TryGetValues("x-request-id", out var id) && IsPlain(id.ToString()))
        {
            to.Headers["x-upstream-request-id"] = id.ToString();
        }
    }

    private static void Clean(HttpHeaders headers, bool isServersAccount)
    {
        foreach (var name in headers.NonValidated.Select(header => header.Key).ToList())
        {
            if (!Passes(name, _ofRequests, _prefixesOfRequests, isServersAccount))
            {
                headers.Remove(name);
            }
        }
    }

    private static void Copy(HttpHeaders headers, HttpResponse to, bool isServersAccount)
    {
        foreach (var (name, values) in headers.NonValidated)
        {
            if (Passes(name, _ofResponses, _prefixesOfResponses, isServersAccount) && values.All(IsPlain))
            {
                to.Headers[name] = values.ToArray();
            }
        }
    }

    private static bool Passes(string name, HashSet<string> names, string[] prefixes, bool isServersAccount) =>
        (names.Contains(name) || Array.Exists(prefixes, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
        && !(isServersAccount && _account.Contains(name, StringComparer.OrdinalIgnoreCase));

    /// <summary>Kestrel refuses to send any other value.</summary>
    private static bool IsPlain(string value) => value.All(character => character is >= ' ' and < '\x7f' or '\t');
}
