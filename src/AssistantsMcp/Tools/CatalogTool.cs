using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using AssistantsMcp.Engine.Schemas;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AssistantsMcp.Tools;

/// <summary>
/// A tool as the attributes of its method describe it and as its contract says what it takes. The SDK would make schemas
/// of the method's parameters and result by reflection, which nobody gets to see: a quarter of the time to start.
/// </summary>
internal sealed class CatalogTool(
    MethodInfo method, ToolContract contract, Func<RequestContext<CallToolRequestParams>, CancellationToken, Task<CallToolResult>> call) : McpServerTool
{
    public override Tool ProtocolTool { get; } = Publish(method, contract);

    public override IReadOnlyList<object> Metadata => [];

    public ToolContract Contract => contract;

    public override ValueTask<CallToolResult> InvokeAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default) =>
        new(call(request, cancellationToken));

    private static Tool Publish(MethodInfo method, ToolContract contract)
    {
        var tool = method.GetCustomAttribute<McpServerToolAttribute>()!;
        return new()
        {
            Name = tool.Name!,
            Title = tool.Title,
            Description = method.GetCustomAttribute<DescriptionAttribute>()!.Description,
            InputSchema = Publish(contract.Arguments, tool.Name!),
            Annotations = new()
            {
                Title = tool.Title,
                DestructiveHint = tool.Destructive,
                IdempotentHint = tool.Idempotent,
                OpenWorldHint = tool.OpenWorld,
                ReadOnlyHint = tool.ReadOnly,
            },
        };
    }

    /// <summary>
    /// Null clears a field, which only an update has a use for; elsewhere it would double every type for nothing. That
    /// there are no further fields is said of the arguments alone: unknown ones are refused at every depth.
    /// </summary>
    private static JsonElement Publish(ObjectSchema arguments, string name)
    {
        var schema = arguments.ToJsonSchema(withNulls: name.EndsWith("-update", StringComparison.Ordinal));
        schema["additionalProperties"] = false;
        return JsonElement.Parse(schema.ToJsonString());
    }
}
