using System.ComponentModel;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AssistantsMcp.Conformance;

/// <summary>One tool for each kind of content.</summary>
[McpServerToolType]
internal sealed class ContentTools
{
    [McpServerTool(Name = "test_simple_text", ReadOnly = true), Description("Returns a text.")]
    public static ContentBlock Text() => new TextContentBlock { Text = "This is a simple text response for testing." };

    [McpServerTool(Name = "test_image_content", ReadOnly = true), Description("Returns a picture.")]
    public static ContentBlock Image() => ImageContentBlock.FromBytes(Fixtures.Picture, "image/png");

    [McpServerTool(Name = "test_audio_content", ReadOnly = true), Description("Returns a sound.")]
    public static ContentBlock Audio() => AudioContentBlock.FromBytes(Fixtures.Sound, "audio/wav");

    [McpServerTool(Name = "test_embedded_resource", ReadOnly = true), Description("Returns a resource.")]
    public static ContentBlock Resource() => Embed("test://embedded-resource", "text/plain", "This is an embedded resource content.");

    [McpServerTool(Name = "test_multiple_content_types", ReadOnly = true), Description("Returns a text, a picture and a resource.")]
    public static IEnumerable<ContentBlock> Several() =>
    [
        new TextContentBlock { Text = "Multiple content types test:" },
        Image(),
        Embed("test://mixed-content-resource", "application/json", """{"test":"data","value":123}"""),
    ];

    [McpServerTool(Name = "test_error_handling", ReadOnly = true), Description("Fails.")]
    public static ContentBlock Fail() => throw new InvalidOperationException("This tool intentionally returns an error for testing");

    private static EmbeddedResourceBlock Embed(string uri, string mimeType, string text) =>
        new() { Resource = new TextResourceContents { Uri = uri, MimeType = mimeType, Text = text } };
}
