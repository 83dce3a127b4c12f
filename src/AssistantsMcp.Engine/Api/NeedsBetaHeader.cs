using Microsoft.Extensions.Primitives;

namespace AssistantsMcp.Engine.Api;

/// <summary>Marks the routes that want the header <c>OpenAI-Beta: assistants=v2</c>.</summary>
internal sealed class NeedsBetaHeader
{
    public static readonly NeedsBetaHeader Instance = new();

    private NeedsBetaHeader()
    {
    }

    /// <summary>The header is a comma-separated list; the token may stand anywhere in it.</summary>
    /// <exception cref="ApiException">It does not ask for version 2.</exception>
    public static void Check(StringValues header)
    {
        var tokens = header.ToString().Split(',', StringSplitOptions.TrimEntries);
        if (tokens.Contains("assistants=v2", StringComparer.OrdinalIgnoreCase))
        {
            return;
        }

        throw tokens.Contains("assistants=v1", StringComparer.OrdinalIgnoreCase)
            ? ApiException.WithdrawnVersion()
            : ApiException.MissingBetaHeader();
    }
}
