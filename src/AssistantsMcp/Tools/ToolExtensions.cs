using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AssistantsMcp.Tools;

/// <summary>The tools as the MCP SDK takes them, the same over HTTP and over stdio.</summary>
internal static class ToolExtensions
{
    public static IMcpServerBuilder WithAssistantTools(this IMcpServerBuilder mcp)
    {
        mcp.Services.AddOptions<McpServerOptions>().Configure<IOptions<AssistantsMcpOptions>>(
            (server, settings) => ProductInfo.Introduce(server, settings.Value.WebsiteUrl));

        return mcp
            .WithTools(ToolCatalog.All)
            .WithMessageFilters(filters => filters.AddIncomingFilter(next => async (message, cancellationToken) =>
            {
                ForgetEmptyParams(message.JsonRpcMessage);
                RefuseUnanswerableCall(message);
                try
                {
                    await next(message, cancellationToken);
                }
                catch (JsonException)
                {
                    throw new McpProtocolException("The params do not fit the method.", McpErrorCode.InvalidParams);
                }
            }))
            .WithKeptLists()
            .WithToolSelection()
            .WithCacheHints()
            .WithRequestFilters(filters => filters.AddCallToolFilter(next => (call, cancellationToken) =>
                call.Services!.GetRequiredService<ToolCallFilter>().InvokeAsync(next, call, cancellationToken)));
    }

    /// <summary>An empty <c>params</c> object is as good as none; the SDK refuses it where params have required fields.</summary>
    private static void ForgetEmptyParams(JsonRpcMessage message)
    {
        if (message is JsonRpcRequest { Params: JsonObject { Count: 0 } } request)
        {
            request.Params = null;
        }
    }

    /// <summary>
    /// The SDK answers a call that it cannot read with "An error occurred.", and logs one of an unknown tool as a fault;
    /// this says what is wrong, to the caller alone.
    /// </summary>
    private static void RefuseUnanswerableCall(MessageContext message)
    {
        if (message.JsonRpcMessage is not JsonRpcRequest { Method: RequestMethods.ToolsCall, Params: var given })
        {
            return;
        }

        var parameters = given as JsonObject;
        var problem = parameters?["name"] is not JsonValue name || !name.TryGetValue<string>(out _) ? "params.name must be the name of a tool, as tools/list shows it."
            : !message.Server.ServerOptions.ToolCollection!.TryGetPrimitive(name.GetValue<string>(), out _) ? $"Unknown tool: '{name}'. The tools are: {string.Join(", ", message.Services!.GetRequiredService<ToolSelection>().Names)}."
            : parameters["arguments"] is not (null or JsonObject) ? "params.arguments must be an object."
            : null;
        if (problem is not null)
        {
            throw new McpProtocolException($"tools/call: {problem}", McpErrorCode.InvalidParams);
        }
    }
}
