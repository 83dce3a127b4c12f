using System.Text;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AssistantsMcp.Resources;

/// <summary>A Markdown document that is part of this program. Its heading is its title, its first paragraph its description.</summary>
internal sealed class DocumentResource : McpServerResource
{
    private const string Markdown = "text/markdown";

    /// <param name="uri">Its address.</param>
    /// <param name="name">The name of its file, without the ending.</param>
    public DocumentResource(string uri, string name)
    {
        Text = EmbeddedText.Read($"Resources/{name}.md");
        var paragraphs = Text.Split("\n\n", 3);
        ProtocolResource = new Resource
        {
            Uri = uri,
            Name = name,
            Title = paragraphs[0].TrimStart('#', ' '),
            Description = paragraphs[1].ReplaceLineEndings(" "),
            MimeType = Markdown,
            Size = Encoding.UTF8.GetByteCount(Text),
            Icons = [ProductIcons.Server],
        };
        ProtocolResourceTemplate = new ResourceTemplate { UriTemplate = uri, Name = name };
    }

    public string Text { get; }

    public override Resource ProtocolResource { get; }

    public override ResourceTemplate ProtocolResourceTemplate { get; }

    public override IReadOnlyList<object> Metadata => [];

    public TextResourceContents Contents => new() { Uri = ProtocolResource.Uri, MimeType = Markdown, Text = Text };

    public override bool IsMatch(string uri) => uri == ProtocolResource.Uri;

    public override ValueTask<ReadResourceResult> ReadAsync(
        RequestContext<ReadResourceRequestParams> request, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(new ReadResourceResult { Contents = [Contents] });
}
