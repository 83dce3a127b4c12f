using System.ComponentModel;
using System.Reflection;
using AssistantsMcp.Engine.Schemas;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AssistantsMcp.Tools;

/// <summary>What a tool takes. It travels with the tool, so that what is published is what is checked and sent.</summary>
/// <param name="Arguments">All arguments: the ids of the path, the fields of the request, those of its own.</param>
/// <param name="Request">The fields of the request's body or query.</param>
internal sealed record ToolContract(ObjectSchema Arguments, ObjectSchema Request)
{
    /// <summary>Text parameters of a tool's method are the ids of its path.</summary>
    /// <param name="method">What carries the tool out.</param>
    /// <param name="request">The fields of the request.</param>
    /// <param name="own">Arguments that are no part of the request.</param>
    public static ToolContract For(MethodInfo method, ObjectSchema request, IEnumerable<KeyValuePair<string, Schema>> own) => new(
        method.GetParameters()
            .Where(parameter => parameter.ParameterType == typeof(string))
            .Reverse()
            .Aggregate(
                request.Append([.. own, .. AddsSomething(method) ? [ToolArguments.IdempotencyKey] : Array.Empty<KeyValuePair<string, Schema>>()]),
                (schema, id) => schema.WithId(id.Name!, id.GetCustomAttribute<DescriptionAttribute>()!.Description)),
        request);

    /// <summary>Whether calling the tool twice is more than calling it once.</summary>
    private static bool AddsSomething(MethodInfo method) =>
        method.GetCustomAttribute<McpServerToolAttribute>() is { ReadOnly: false, Idempotent: false };

    /// <summary>The contract of the tool that is called; null for a name that no tool has, and for a tool that checks its own arguments.</summary>
    public static ToolContract? Of(RequestContext<CallToolRequestParams> call) => (call.MatchedPrimitive as CatalogTool)?.Contract;
}
