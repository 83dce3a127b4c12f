using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AssistantsMcp.Transport;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AssistantsMcp.Tools;

/// <summary>
/// Lists that do not change while the process runs, as the SDK wrote them the first time. It would copy, write, read
/// and write them again for each request. What it checks in a request it has checked before this is asked.
/// </summary>
internal sealed class KeptLists(OperatorTools server)
{
    private const string AskedFor = "AssistantsMcp.KeptLists";

    private static readonly string[] _methods =
        [RequestMethods.ToolsList, RequestMethods.PromptsList, RequestMethods.ResourcesList, RequestMethods.ResourcesTemplatesList];

    /// <summary>Revisions of the protocol have fields of their own.</summary>
    private readonly ConcurrentDictionary<(string Method, string? Revision), WrittenResult> _lists = new();

    /// <summary>Answers a request for a list that is there, lets the answer to one that is not be kept, and passes on whatever else there is.</summary>
    public Task AnswerAsync(McpMessageHandler next, MessageContext message, CancellationToken cancellationToken)
    {
        if (message.JsonRpcMessage is not JsonRpcRequest request || !_methods.Contains(request.Method) || !AsksForAll(request.Params)
            || message.Services?.GetService<ToolSelection>() != server.Selection)
        {
            return next(message, cancellationToken);
        }

        var list = (request.Method, request.Context?.ProtocolVersion ?? message.Server.NegotiatedProtocolVersion);
        if (_lists.TryGetValue(list, out var kept))
        {
            return SendAsync(message, request, kept, cancellationToken);
        }

        message.Items[AskedFor] = list;
        return next(message, cancellationToken);
    }

    /// <summary>Keeps an answer that was asked for and not there.</summary>
    public void Keep(MessageContext message)
    {
        if (message.JsonRpcMessage is JsonRpcResponse { Result: JsonObject answer, Context.Items: { } items }
            && items.TryGetValue(AskedFor, out var asked) && asked is ValueTuple<string, string?> list)
        {
            _lists.TryAdd(list, new WrittenResult(Encoding.UTF8.GetBytes(answer.ToJsonString())));
        }
    }

    /// <summary>Over HTTP, the SDK gets an empty result to send, in the place of which the kept one goes out.</summary>
    private static Task SendAsync(MessageContext message, JsonRpcRequest request, WrittenResult kept, CancellationToken cancellationToken)
    {
        if (request.Context?.RelatedTransport is { } response && message.Services?.GetService<IHttpContextAccessor>()?.HttpContext is { } context)
        {
            context.Features.Set(kept);
            return response.SendMessageAsync(new JsonRpcResponse { Id = request.Id, Result = new JsonObject() }, cancellationToken);
        }

        return message.Server.SendMessageAsync(
            new JsonRpcResponse { Id = request.Id, Result = JsonObject.Create(JsonElement.Parse(kept.Json.Span)) }, cancellationToken);
    }

    private static bool AsksForAll(JsonNode? parameters) => parameters is null or JsonObject { Count: 0 }
        || parameters is JsonObject { Count: 1 } given && given.ContainsKey("_meta");
}

/// <summary>Where kept lists stand among the SDK's filters.</summary>
internal static class KeptListExtensions
{
    public static IMcpServerBuilder WithKeptLists(this IMcpServerBuilder mcp)
    {
        mcp.Services.AddSingleton<KeptLists>();
        return mcp.WithMessageFilters(filters => filters
            .AddIncomingFilter(next => (message, cancellationToken) => Lists(message).AnswerAsync(next, message, cancellationToken))
            .AddOutgoingFilter(next => (message, cancellationToken) =>
            {
                Lists(message).Keep(message);
                return next(message, cancellationToken);
            }));
    }

    private static KeptLists Lists(MessageContext message) => message.Services!.GetRequiredService<KeptLists>();
}
