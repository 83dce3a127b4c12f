using System.Text.RegularExpressions;
using AssistantsMcp.Engine.Models;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace AssistantsMcp.Engine.PassThrough;

/// <summary>A request's address at the model server: the base URL, then what the caller wrote behind <c>/v1</c>.</summary>
internal static partial class ForwardedPath
{
    private static readonly int _door = "/v1/".Length;

    /// <summary>The address, or null where the path is none that the API has.</summary>
    /// <param name="baseUrl">The model server's, with its own query (<c>?api-version=…</c>).</param>
    /// <param name="path">The caller's path, from <c>/v1</c> on.</param>
    /// <param name="query">The caller's query. The base URL's parameters win: they are the operator's.</param>
    public static Uri? Of(Uri baseUrl, PathString path, QueryString query)
    {
        var route = path.Value![_door..].TrimEnd('/');
        if (!IsHarmless(route))
        {
            return null;
        }

        var address = new UriBuilder(ModelServer.Route(baseUrl, route));
        var fixedNames = QueryHelpers.ParseQuery(address.Query).Keys.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var added = new QueryStringEnumerable(query.Value).Where(pair => !fixedNames.Contains(pair.DecodeName().ToString()));
        address.Query = string.Join('&', added.Prepend(address.Query.TrimStart('?')).Where(part => part.Length > 0));
        return address.Uri;
    }

    /// <summary>
    /// Whether a path stays where it points, however the model server and the proxies before it read it. A slash that is
    /// part of a name (<c>%2F</c>, in names of models) arrives here undecoded and separates like a plain one.
    /// </summary>
    private static bool IsHarmless(string route) =>
        route.Split(["/", "%2F", "%2f"], StringSplitOptions.None).All(part => Part().IsMatch(part) && part.Trim('.').Length > 0);

    private static List<string> Where(this QueryStringEnumerable query, Func<QueryStringEnumerable.EncodedNameValuePair, bool> isWanted)
    {
        var parts = new List<string>();
        foreach (var pair in query)
        {
            if (isWanted(pair))
            {
                parts.Add($"{pair.EncodedName}={pair.EncodedValue}");
            }
        }

        return parts;
    }

    [GeneratedRegex(@"^[A-Za-z0-9._~:@+,=-]+\z")]
    private static partial Regex Part();
}
