using Microsoft.AspNetCore.Http;

namespace AssistantsMcp.Engine.Api;

/// <summary>On whose account a key is used, where it may be used on several: what OpenAI's SDKs send in two headers.</summary>
/// <param name="Organization"><c>org-…</c>.</param>
/// <param name="Project"><c>proj_…</c>.</param>
internal readonly record struct KeyAccount(string? Organization, string? Project)
{
    public const string OrganizationHeader = "OpenAI-Organization";
    public const string ProjectHeader = "OpenAI-Project";

    private const int Longest = 128;

    /// <exception cref="ApiException">A header cannot be what it is meant to be.</exception>
    public static KeyAccount Of(HttpRequest request) => new(Read(request, OrganizationHeader), Read(request, ProjectHeader));

    private static string? Read(HttpRequest request, string header)
    {
        var value = request.Headers[header].ToString();
        return value.Length == 0 ? null
            : value.Length <= Longest && value.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_') ? value
            : throw ApiException.MalformedAccount(header);
    }
}
