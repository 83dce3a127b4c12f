using System.Diagnostics.CodeAnalysis;
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
        Tool<AssistantTools>(nameof(AssistantTools.CreateAsync), (tools, call, end) => tools.CreateAsync(call, end), ToolSchemas.CreateAssistant, Assistants),
        Tool<AssistantTools>(nameof(AssistantTools.ListAsync), (tools, call, end) => tools.ListAsync(call, end), RequestSchemas.List, Assistants, ToolArguments.ListDetail),
        Tool<AssistantTools>(nameof(AssistantTools.GetAsync), (tools, call, end) => tools.GetAsync(call.Id("assistant_id"), call, end), RequestSchemas.Nothing, Assistants, ToolArguments.Detail),
        Tool<AssistantTools>(nameof(AssistantTools.DeleteAsync), (tools, call, end) => tools.DeleteAsync(call.Id("assistant_id"), end), RequestSchemas.Nothing, Assistants),
        Tool<AssistantTools>(nameof(AssistantTools.UpdateAsync), (tools, call, end) => tools.UpdateAsync(call.Id("assistant_id"), call, end), RequestSchemas.ModifyAssistant, Assistants),

        Tool<ThreadTools>(nameof(ThreadTools.CreateAsync), (tools, call, end) => tools.CreateAsync(call, end), RequestSchemas.CreateThread, Threads),
        Tool<ThreadTools>(nameof(ThreadTools.GetAsync), (tools, call, end) => tools.GetAsync(call.Id("thread_id"), end), RequestSchemas.Nothing, Threads),
        Tool<ThreadTools>(nameof(ThreadTools.DeleteAsync), (tools, call, end) => tools.DeleteAsync(call.Id("thread_id"), end), RequestSchemas.Nothing, Threads),
        Tool<ThreadTools>(nameof(ThreadTools.UpdateAsync), (tools, call, end) => tools.UpdateAsync(call.Id("thread_id"), call, end), RequestSchemas.ModifyThread, Threads),

        Tool<MessageTools>(nameof(MessageTools.CreateAsync), (tools, call, end) => tools.CreateAsync(call.Id("thread_id"), call, end), ToolSchemas.CreateMessage, Messages),
        Tool<MessageTools>(nameof(MessageTools.ListAsync), (tools, call, end) => tools.ListAsync(call.Id("thread_id"), call, end), RequestSchemas.MessageList, Messages, ToolArguments.ListDetail),
        Tool<MessageTools>(nameof(MessageTools.GetAsync), (tools, call, end) => tools.GetAsync(call.Id("thread_id"), call.Id("message_id"), call, end), RequestSchemas.Nothing, Messages, ToolArguments.Detail),
        Tool<MessageTools>(nameof(MessageTools.DeleteAsync), (tools, call, end) => tools.DeleteAsync(call.Id("thread_id"), call.Id("message_id"), end), RequestSchemas.Nothing, Messages),
        Tool<MessageTools>(nameof(MessageTools.UpdateAsync), (tools, call, end) => tools.UpdateAsync(call.Id("thread_id"), call.Id("message_id"), call, end), RequestSchemas.ModifyMetadata, Messages),

        Tool<RunTools>(nameof(RunTools.CreateAsync), (tools, call, end) => tools.CreateAsync(call.Id("thread_id"), call, call.Progress(), end), ToolSchemas.CreateRun, Runs, ToolArguments.Wait),
        Tool<RunTools>(nameof(RunTools.ListAsync), (tools, call, end) => tools.ListAsync(call.Id("thread_id"), call, end), RequestSchemas.List, Runs, ToolArguments.ListDetail),
        Tool<RunTools>(nameof(RunTools.GetAsync), (tools, call, end) => tools.GetAsync(call.Id("thread_id"), call.Id("run_id"), call, call.Progress(), end), RequestSchemas.Nothing, Runs, ToolArguments.Wait, ToolArguments.Detail),
        Tool<RunTools>(nameof(RunTools.CancelAsync), (tools, call, end) => tools.CancelAsync(call.Id("thread_id"), call.Id("run_id"), end), RequestSchemas.Nothing, Runs),
        Tool<RunTools>(nameof(RunTools.UpdateAsync), (tools, call, end) => tools.UpdateAsync(call.Id("thread_id"), call.Id("run_id"), call, end), RequestSchemas.ModifyMetadata, Runs),
        Tool<RunTools>(nameof(RunTools.SubmitToolOutputsAsync), (tools, call, end) => tools.SubmitToolOutputsAsync(call.Id("thread_id"), call.Id("run_id"), call, call.Progress(), end), ToolSchemas.SubmitToolOutputs, Runs, ToolArguments.Wait),
        Tool<RunTools>(nameof(RunTools.ListStepsAsync), (tools, call, end) => tools.ListStepsAsync(call.Id("thread_id"), call.Id("run_id"), call, end), RequestSchemas.RunStepList, Runs, ToolArguments.ListDetail),
        Tool<RunTools>(nameof(RunTools.GetStepAsync), (tools, call, end) => tools.GetStepAsync(call.Id("thread_id"), call.Id("run_id"), call.Id("step_id"), call, end), RequestSchemas.RunStep, Runs, ToolArguments.Detail),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. All.Select(tool => tool.ProtocolTool.Name)];

    private static AssistantTools Assistants(IServiceProvider call) =>
        new(Client(call), call.GetRequiredService<IOptions<AssistantsMcpOptions>>());

    private static ThreadTools Threads(IServiceProvider call) => new(Client(call));

    private static MessageTools Messages(IServiceProvider call) => new(Client(call));

    private static RunTools Runs(IServiceProvider call) => new(Client(call), call.GetRequiredService<RunWait>());

    private static AssistantClient Client(IServiceProvider call) => call.GetRequiredService<AssistantClient>();

    private static CatalogTool Tool<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] TTools>(
        string methodName,
        Func<TTools, RequestContext<CallToolRequestParams>, CancellationToken, Task<CallToolResult>> invoke,
        ObjectSchema request,
        Func<IServiceProvider, TTools> create,
        params IEnumerable<KeyValuePair<string, Schema>> own)
        where TTools : class
    {
        var method = typeof(TTools).GetMethod(methodName)!;
        return new CatalogTool(method, ToolContract.For(method, request, own), (call, end) => invoke(create(call.Services!), call, end));
    }
}
