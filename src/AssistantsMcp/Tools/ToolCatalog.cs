using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using AssistantsMcp.Engine.Schemas;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OpenAI.Assistants;

namespace AssistantsMcp.Tools;

/// <summary>All tools in the order they are listed, each with the request it stands for.</summary>
internal static class ToolCatalog
{
    public static IEnumerable<McpServerTool> All { get; } =
    [
        Tool<AssistantTools>(nameof(AssistantTools.CreateAsync), ToolSchemas.CreateAssistant, Assistants),
        Tool<AssistantTools>(nameof(AssistantTools.ListAsync), RequestSchemas.List, Assistants, ToolArguments.ListDetail),
        Tool<AssistantTools>(nameof(AssistantTools.GetAsync), RequestSchemas.Nothing, Assistants, ToolArguments.Detail),
        Tool<AssistantTools>(nameof(AssistantTools.DeleteAsync), RequestSchemas.Nothing, Assistants),
        Tool<AssistantTools>(nameof(AssistantTools.UpdateAsync), RequestSchemas.ModifyAssistant, Assistants),

        Tool<ThreadTools>(nameof(ThreadTools.CreateAsync), RequestSchemas.CreateThread, Threads),
        Tool<ThreadTools>(nameof(ThreadTools.GetAsync), RequestSchemas.Nothing, Threads),
        Tool<ThreadTools>(nameof(ThreadTools.DeleteAsync), RequestSchemas.Nothing, Threads),
        Tool<ThreadTools>(nameof(ThreadTools.UpdateAsync), RequestSchemas.ModifyThread, Threads),

        Tool<MessageTools>(nameof(MessageTools.CreateAsync), ToolSchemas.CreateMessage, Messages),
        Tool<MessageTools>(nameof(MessageTools.ListAsync), RequestSchemas.MessageList, Messages, ToolArguments.ListDetail),
        Tool<MessageTools>(nameof(MessageTools.GetAsync), RequestSchemas.Nothing, Messages, ToolArguments.Detail),
        Tool<MessageTools>(nameof(MessageTools.DeleteAsync), RequestSchemas.Nothing, Messages),
        Tool<MessageTools>(nameof(MessageTools.UpdateAsync), RequestSchemas.ModifyMetadata, Messages),

        Tool<RunTools>(nameof(RunTools.CreateAsync), ToolSchemas.CreateRun, Runs, ToolArguments.Wait),
        Tool<RunTools>(nameof(RunTools.ListAsync), RequestSchemas.List, Runs, ToolArguments.ListDetail),
        Tool<RunTools>(nameof(RunTools.GetAsync), RequestSchemas.Nothing, Runs, ToolArguments.Wait, ToolArguments.Detail),
        Tool<RunTools>(nameof(RunTools.CancelAsync), RequestSchemas.Nothing, Runs),
        Tool<RunTools>(nameof(RunTools.UpdateAsync), RequestSchemas.ModifyMetadata, Runs),
        Tool<RunTools>(nameof(RunTools.SubmitToolOutputsAsync), ToolSchemas.SubmitToolOutputs, Runs, ToolArguments.Wait),
        Tool<RunTools>(nameof(RunTools.ListStepsAsync), RequestSchemas.RunStepList, Runs, ToolArguments.ListDetail),
        Tool<RunTools>(nameof(RunTools.GetStepAsync), RequestSchemas.RunStep, Runs, ToolArguments.Detail),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. All.Select(tool => tool.ProtocolTool.Name)];

    private static AssistantTools Assistants(IServiceProvider call) =>
        new(Client(call), call.GetRequiredService<IOptions<AssistantsMcpOptions>>());

    private static ThreadTools Threads(IServiceProvider call) => new(Client(call));

    private static MessageTools Messages(IServiceProvider call) => new(Client(call));

    private static RunTools Runs(IServiceProvider call) => new(Client(call), call.GetRequiredService<RunWait>());

    private static AssistantClient Client(IServiceProvider call) => call.GetRequiredService<AssistantClient>();

    private static McpServerTool Tool<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] TTools>(
        string methodName, ObjectSchema request, Func<IServiceProvider, TTools> create, params IEnumerable<KeyValuePair<string, Schema>> own)
        where TTools : class
    {
        var method = typeof(TTools).GetMethod(methodName)!;
        var contract = ToolContract.For(method, request, own);
        var tool = McpServerTool.Create(method, call => create(call.Services!), new McpServerToolCreateOptions { Metadata = [contract] });
        tool.ProtocolTool.InputSchema = Publish(contract.Arguments, tool.ProtocolTool);
        return tool;
    }

    /// <summary>
    /// Null clears a field, which only an update has a use for; elsewhere it would double every type for nothing. That
    /// there are no further fields is said of the arguments alone: unknown ones are refused at every depth.
    /// </summary>
    private static JsonElement Publish(ObjectSchema arguments, Tool tool)
    {
        var isUpdate = tool.Name.EndsWith("-update", StringComparison.Ordinal);
        var schema = arguments.ToJsonSchema(withNulls: isUpdate);
        schema["additionalProperties"] = false;
        return JsonElement.Parse(schema.ToJsonString());
    }
}
