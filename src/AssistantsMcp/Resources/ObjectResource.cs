using System.Text.Json;
using AssistantsMcp.Engine.Schemas;
using AssistantsMcp.Tools;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OpenAI.Assistants;

namespace AssistantsMcp.Resources;

/// <summary>Reads an object of the caller as a text for a model.</summary>
/// <param name="client">The client of the caller's key.</param>
/// <param name="ids">The parts of the address by name, each a well-formed id.</param>
/// <param name="cancellationToken">Ends the reading.</param>
internal delegate Task<string> ReadObject(AssistantClient client, IReadOnlyDictionary<string, string> ids, CancellationToken cancellationToken);

/// <summary>Objects of the caller behind addresses with ids in them, such as <c>threads://{thread_id}/messages</c>.</summary>
internal sealed class ObjectResource : McpServerResource
{
    private readonly string _scheme;
    private readonly string[] _segments;
    private readonly string[] _parameters;
    private readonly ReadObject _read;

    /// <param name="template">The address; each <c>{name}</c> is a whole segment of it.</param>
    /// <param name="read">Reads what stands there.</param>
    /// <param name="parameters">Ids that may follow as a query.</param>
    public ObjectResource(string template, ReadObject read, params string[] parameters)
    {
        var parts = template.Split("://");
        (_scheme, _segments, _parameters, _read) = ($"{parts[0]}://", parts[1].Split('/'), parameters, read);
        Ids = [.. _segments.Where(IsId).Select(NameOf)];
        ProtocolResourceTemplate = new ResourceTemplate { UriTemplate = template, Name = parts[0] };
    }

    public required string Title { init => ProtocolResourceTemplate.Title = value; }

    public required string Description { init => ProtocolResourceTemplate.Description = value; }

    public required string MimeType { init => ProtocolResourceTemplate.MimeType = value; }

    public required Icon Icon { init => ProtocolResourceTemplate.Icons = [value]; }

    /// <summary>The names of the ids in its address.</summary>
    public IReadOnlyList<string> Ids { get; }

    public override ResourceTemplate ProtocolResourceTemplate { get; }

    public override IReadOnlyList<object> Metadata => [];

    /// <summary>Every address of its scheme is this resource's, so that a misspelt one is explained.</summary>
    public override bool IsMatch(string uri) => uri.StartsWith(_scheme, StringComparison.Ordinal);

    /// <exception cref="McpProtocolException">The address does not have the form of the template.</exception>
    public override async ValueTask<ReadResourceResult> ReadAsync(
        RequestContext<ReadResourceRequestParams> request, CancellationToken cancellationToken = default)
    {
        var uri = request.Params!.Uri;
        var client = request.Services!.GetRequiredService<AssistantClient>();
        var text = await _read(client, Parse(uri), cancellationToken);
        return new ReadResourceResult
        {
            Contents = [new TextResourceContents { Uri = uri, MimeType = ProtocolResourceTemplate.MimeType, Text = text }],
        };
    }

    private Dictionary<string, string> Parse(string uri)
    {
        // Three slashes are as good as two: behind two, some libraries write letters small.
        var parts = uri[_scheme.Length..].Split('?', 2);
        var ids = ReadPath(parts[0].Trim('/').Split('/'));
        foreach (var parameter in parts is [_, var query] ? query.Split('&', StringSplitOptions.RemoveEmptyEntries) : [])
        {
            var (name, value) = parameter.Split('=', 2) is [var left, var right] ? (left, right) : (parameter, "");
            ids[name] = _parameters.Contains(name) ? value : throw Invalid(
                $"Unknown parameter: '{name}'. The address takes {(_parameters.Length == 0 ? "none" : string.Join(", ", _parameters))}.");
        }

        return ids.Select(id => CheckId(id.Key, id.Value)).FirstOrDefault(problem => problem is not null) is { } problem ? throw Invalid(problem) : ids;
    }

    private Dictionary<string, string> ReadPath(string[] segments)
    {
        var pairs = _segments.Zip(segments).ToList();
        return segments.Length == _segments.Length && pairs.All(pair => IsId(pair.First) || pair.First == pair.Second)
            ? pairs.Where(pair => IsId(pair.First)).ToDictionary(pair => NameOf(pair.First), pair => pair.Second)
            : throw Invalid($"The address must have the form {ProtocolResourceTemplate.UriTemplate}.");
    }

    /// <summary>The same rule, in the same words, as for the arguments of tools.</summary>
    public static string? CheckId(string name, string value) =>
        new TextSchema { Pattern = RequestSchemas.IdPattern }
            .Check(JsonElement.Parse(ShortJson.Write(json => json.WriteStringValue(value)).Span), name)?.Message;

    private static McpProtocolException Invalid(string problem) => new(problem, McpErrorCode.InvalidParams);

    private static bool IsId(string segment) => segment.StartsWith('{');

    private static string NameOf(string segment) => segment.Trim('{', '}');
}
