using System.ComponentModel;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AssistantsMcp.Conformance;

/// <summary>Tools that send their questions back instead of a result, and are called again with the answers (2026-07-28).</summary>
[McpServerToolType]
internal sealed class InputTools
{
    [McpServerTool(Name = "test_input_required_result_elicitation"), Description("Asks for a name.")]
    public static string AskName(RequestContext<CallToolRequestParams> call) =>
        Questions.FieldOf(call.Params!, "user_name", "name") is { } name ? $"Hello, {name}!" : throw Ask(("user_name", Questions.Input("What is your name?", "name")));

    [McpServerTool(Name = "test_streaming_elicitation"), Description("Asks for a name, on a stream.")]
    public static string AskNameOnAStream(RequestContext<CallToolRequestParams> call) => AskName(call);

    [McpServerTool(Name = "test_input_required_result_sampling"), Description("Has the client's model answer a question.")]
    public static string AskModel(RequestContext<CallToolRequestParams> call) =>
        Questions.Answers(call.Params!, "capital_question")
            ? TextOf(call.Params!.InputResponses!["capital_question"])
            : throw Ask(("capital_question", InputRequest.ForSampling(Questions.Sampling("What is the capital of France?", maxTokens: 100))));

    [McpServerTool(Name = "test_input_required_result_list_roots"), Description("Asks for the client's roots.")]
    public static string AskRoots(RequestContext<CallToolRequestParams> call) =>
        Questions.Answers(call.Params!, "client_roots")
            ? $"Roots: {call.Params!.InputResponses!["client_roots"].RawValue}"
            : throw Ask(("client_roots", InputRequest.ForRootsList(new ListRootsRequestParams())));

    [McpServerTool(Name = "test_input_required_result_request_state"), Description("Asks for a confirmation, and keeps its state at the client.")]
    public static string AskWithState(RequestContext<CallToolRequestParams> call) =>
        SealedState.Open(call.Params!.RequestState) is "confirm" ? "state-ok" : throw Ask("confirm", ("confirm", Questions.Input("Please confirm", "ok", "boolean")));

    [McpServerTool(Name = "test_input_required_result_tampered_state"), Description("Asks for a confirmation, and refuses a state that was changed.")]
    public static string AskWithSealedState(RequestContext<CallToolRequestParams> call) => AskWithState(call);

    [McpServerTool(Name = "test_input_required_result_multiple_inputs"), Description("Asks for three things at once.")]
    public static string AskSeveral(RequestContext<CallToolRequestParams> call)
    {
        var questions = new (string Key, InputRequest Request)[]
        {
            ("user_name", Questions.Input("What is your name?", "name")),
            ("greeting", InputRequest.ForSampling(Questions.Sampling("Generate a greeting", maxTokens: 50))),
            ("client_roots", InputRequest.ForRootsList(new ListRootsRequestParams())),
        };
        return SealedState.Open(call.Params!.RequestState) is "several" && questions.All(question => Questions.Answers(call.Params, question.Key))
            ? "All three are answered."
            : throw Ask("several", questions);
    }

    [McpServerTool(Name = "test_input_required_result_multi_round"), Description("Asks for one thing after the other.")]
    public static string AskTwice(RequestContext<CallToolRequestParams> call)
    {
        var state = SealedState.Open(call.Params!.RequestState);
        if (state is null || !state.StartsWith("name:", StringComparison.Ordinal))
        {
            return Questions.FieldOf(call.Params, "step1", "name") is { } name
                ? throw Ask($"name:{name}", ("step2", Questions.Input("Step 2: What is your favorite color?", "color")))
                : throw Ask("begun", ("step1", Questions.Input("Step 1: What is your name?", "name")));
        }

        return Questions.FieldOf(call.Params, "step2", "color") is { } color
            ? $"{state["name:".Length..]} likes {color}."
            : throw Ask(state, ("step2", Questions.Input("Step 2: What is your favorite color?", "color")));
    }

    [McpServerTool(Name = "test_input_required_result_capabilities"), Description("Asks only what the client can answer.")]
    public static string AskWhatCanBeAnswered(McpServer server)
    {
        var questions = new List<(string, InputRequest)>();
        if (server.ClientCapabilities?.Elicitation is not null)
        {
            questions.Add(("user_name", Questions.Input("What is your name?", "name")));
        }

        if (server.ClientCapabilities?.Sampling is not null)
        {
            questions.Add(("greeting", InputRequest.ForSampling(Questions.Sampling("Generate a greeting", maxTokens: 50))));
        }

        return questions.Count == 0 ? "There is nothing that this client can answer." : throw Ask([.. questions]);
    }

    [McpServerTool(Name = "test_missing_capability"), Description("Refuses clients without sampling.")]
    public static string NeedSampling(McpServer server) => server.ClientCapabilities?.Sampling is not null
        ? "The client can sample."
        : throw new MissingRequiredClientCapabilityException(new ClientCapabilities { Sampling = new() });

    private static string TextOf(InputResponse answer) => string.Concat(
        answer.Deserialize(InputResponse.CreateMessageResultJsonTypeInfo)!.Content.OfType<TextContentBlock>().Select(block => block.Text));

    private static InputRequiredException Ask(params (string Key, InputRequest Request)[] questions) =>
        new(questions.ToDictionary(question => question.Key, question => question.Request));

    private static InputRequiredException Ask(string state, params (string Key, InputRequest Request)[] questions) =>
        new(questions.ToDictionary(question => question.Key, question => question.Request), SealedState.Close(state));
}
