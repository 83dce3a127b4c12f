using System.ComponentModel;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AssistantsMcp.Conformance;

/// <summary>Tools that ask their client something while it waits for them. That takes a session, which this server has none of.</summary>
[McpServerToolType]
internal sealed class SessionTools
{
    [McpServerTool(Name = "test_sampling"), Description("Has the client's model answer a prompt.")]
    public static async Task<string> SampleAsync(McpServer server, string prompt, CancellationToken cancellationToken)
    {
        var answer = await server.SampleAsync(Questions.Sampling(prompt, maxTokens: 100), cancellationToken);
        return $"LLM response: {string.Concat(answer.Content.OfType<TextContentBlock>().Select(block => block.Text))}";
    }

    [McpServerTool(Name = "test_elicitation"), Description("Asks the user for a name and an address.")]
    public static async Task<string> AskAsync(McpServer server, string message, CancellationToken cancellationToken) =>
        $"User response: {await AskAsync(server, message, """
            {"username":{"type":"string","description":"User's response"},"email":{"type":"string","description":"User's email address"}}
            """, cancellationToken)}";

    [McpServerTool(Name = "test_elicitation_sep1034_defaults"), Description("Asks the user with an answer proposed for each kind of field.")]
    public static async Task<string> AskWithDefaultsAsync(McpServer server, CancellationToken cancellationToken) =>
        $"Elicitation completed: {await AskAsync(server, "Are these right?", """
            {
              "name":{"type":"string","default":"John Doe"},
              "age":{"type":"integer","default":30},
              "score":{"type":"number","default":95.5},
              "status":{"type":"string","enum":["active","inactive","pending"],"default":"active"},
              "verified":{"type":"boolean","default":true}
            }
            """, cancellationToken)}";

    [McpServerTool(Name = "test_elicitation_sep1330_enums"), Description("Asks the user to choose, in each way there is.")]
    public static async Task<string> AskToChooseAsync(McpServer server, CancellationToken cancellationToken) =>
        $"Elicitation completed: {await AskAsync(server, "Which do you take?", """
            {
              "untitledSingle":{"type":"string","enum":["option1","option2","option3"]},
              "titledSingle":{"type":"string","oneOf":[{"const":"value1","title":"First Option"},{"const":"value2","title":"Second Option"},{"const":"value3","title":"Third Option"}]},
              "legacyEnum":{"type":"string","enum":["opt1","opt2","opt3"],"enumNames":["Option One","Option Two","Option Three"]},
              "untitledMulti":{"type":"array","items":{"type":"string","enum":["option1","option2","option3"]}},
              "titledMulti":{"type":"array","items":{"anyOf":[{"const":"value1","title":"First Choice"},{"const":"value2","title":"Second Choice"},{"const":"value3","title":"Third Choice"}]}}
            }
            """, cancellationToken)}";

    private static async Task<string> AskAsync(McpServer server, string message, string properties, CancellationToken cancellationToken)
    {
        var answer = await server.ElicitAsync(Questions.Form(message, properties), cancellationToken);
        return $"action={answer.Action}, content={System.Text.Json.JsonSerializer.Serialize(answer.Content)}";
    }
}
