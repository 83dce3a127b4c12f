using System.ComponentModel;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AssistantsMcp.Conformance;

/// <summary>One prompt for each kind of content, and one that asks back.</summary>
[McpServerPromptType]
internal sealed class FixturePrompts
{
    [McpServerPrompt(Name = "test_simple_prompt"), Description("A text.")]
    public static PromptMessage Simple() => Say("This is a simple prompt for testing.");

    [McpServerPrompt(Name = "test_prompt_with_arguments"), Description("A text with two arguments in it.")]
    public static PromptMessage WithArguments([Description("The first one.")] string arg1, [Description("The second one.")] string arg2) =>
        Say($"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'");

    [McpServerPrompt(Name = "test_prompt_with_embedded_resource"), Description("A resource and a text.")]
    public static IEnumerable<PromptMessage> WithResource([Description("The resource.")] string resourceUri) =>
    [
        Show(new EmbeddedResourceBlock { Resource = new TextResourceContents { Uri = resourceUri, MimeType = "text/plain", Text = "Embedded resource content for testing." } }),
        Say("Please process the embedded resource above."),
    ];

    [McpServerPrompt(Name = "test_prompt_with_image"), Description("A picture and a text.")]
    public static IEnumerable<PromptMessage> WithImage() => [Show(ImageContentBlock.FromBytes(Fixtures.Picture, "image/png")), Say("Please analyze the image above.")];

    [McpServerPrompt(Name = "test_input_required_result_prompt"), Description("Asks which context to use.")]
    public static PromptMessage Asking(RequestContext<GetPromptRequestParams> request) =>
        Questions.FieldOf(request.Params!, "user_context", "context") is { } context
            ? Say($"Context: {context}")
            : throw new InputRequiredException(new Dictionary<string, InputRequest> { ["user_context"] = Questions.Input("What context should the prompt use?", "context") });

    private static PromptMessage Say(string text) => Show(new TextContentBlock { Text = text });

    private static PromptMessage Show(ContentBlock content) => new() { Role = Role.User, Content = content };
}
