using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AssistantsMcp.References;

/// <summary>The server's published tools, listed as the SDK lists any tools. None of them can be called.</summary>
internal static class DeclaredTools
{
    /// <param name="builder">Setting: <c>--tools FILE</c>, a JSON list of tools as they stand in <c>tools/list</c>.</param>
    public static void AddDeclaredTools(this WebApplicationBuilder builder)
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(builder.Configuration["tools"]!));
        var types = McpJsonUtilities.DefaultOptions;
        var tools = file.RootElement.EnumerateArray()
            .Select(tool => new DeclaredTool((Tool)tool.Deserialize(types.GetTypeInfo(typeof(Tool)))!))
            .ToList();
        builder.Services.AddMcpServer().WithTools(tools).WithHttpTransport();
    }

    private sealed class DeclaredTool(Tool tool) : McpServerTool
    {
        public override Tool ProtocolTool => tool;

        public override IReadOnlyList<object> Metadata => [];

        public override ValueTask<CallToolResult> InvokeAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();
    }
}
