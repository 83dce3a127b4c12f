using System.ComponentModel;
using System.Text.Json;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AssistantsMcp.References;

/// <summary>
/// A tool as the SDK's documentation writes one: it answers from memory, or relays one GET. With <c>--structured true</c>
/// the answer holds the object twice, as text and as structured content, as the server's own answers do.
/// </summary>
internal static class MinimalTool
{
    /// <summary>Serves the tool over HTTP, without sessions.</summary>
    /// <param name="builder">Settings: <c>--body FILE</c> for <c>tool</c>, <c>--upstream URL</c> for <c>relay</c>.</param>
    /// <param name="part">Where the answer comes from.</param>
    public static void AddMinimalTool(this WebApplicationBuilder builder, string part) =>
        builder.Services.AddTool(builder.Configuration, part).WithHttpTransport();

    /// <summary>The relaying tool over standard input and output.</summary>
    public static async Task ServeStdioAsync(string[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { Args = settings });
        builder.Configuration.AddCommandLine(settings);
        builder.Services.AddTool(builder.Configuration, "relay").WithStdioServerTransport();
        await builder.Build().RunAsync();
    }

    private static IMcpServerBuilder AddTool(this IServiceCollection services, ConfigurationManager settings, string part)
    {
        var server = services.AddMcpServer();
        var isStructured = settings["structured"] == "true";
        if (part == "tool")
        {
            var json = File.ReadAllText(settings["body"]!);
            services.AddSingleton(new Body(json, JsonElement.Parse(json)));
            return isStructured ? server.WithTools<StructuredMemory>() : server.WithTools<Memory>();
        }

        services.AddSingleton(new HttpClient { BaseAddress = new Uri(settings["upstream"]!) });
        return isStructured ? server.WithTools<StructuredRelay>() : server.WithTools<Relay>();
    }

    private static CallToolResult Structured(string json, JsonElement parsed) =>
        new() { Content = [new TextContentBlock { Text = json }], StructuredContent = parsed };

    private static async Task<HttpResponseMessage> GetAsync(HttpClient http, string id, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/assistants/{id}");
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer sk-bench");
        request.Headers.TryAddWithoutValidation("OpenAI-Beta", "assistants=v2");
        var response = await http.SendAsync(request, cancellationToken);
        return response.EnsureSuccessStatusCode();
    }

    private sealed record Body(string Json, JsonElement Parsed);

    [McpServerToolType]
    private sealed class Memory(Body body)
    {
        [McpServerTool(Name = "assistant-get"), Description("Returns one assistant.")]
        public string Get(string assistant_id) => body.Json;
    }

    [McpServerToolType]
    private sealed class StructuredMemory(Body body)
    {
        [McpServerTool(Name = "assistant-get"), Description("Returns one assistant.")]
        public CallToolResult Get(string assistant_id) => Structured(body.Json, body.Parsed);
    }

    [McpServerToolType]
    private sealed class Relay(HttpClient http)
    {
        [McpServerTool(Name = "assistant-get"), Description("Returns one assistant.")]
        public async Task<string> GetAsync(string assistant_id, CancellationToken cancellationToken)
        {
            using var response = await MinimalTool.GetAsync(http, assistant_id, cancellationToken);
            return await response.Content.ReadAsStringAsync(cancellationToken);
        }
    }

    [McpServerToolType]
    private sealed class StructuredRelay(HttpClient http)
    {
        [McpServerTool(Name = "assistant-get"), Description("Returns one assistant.")]
        public async Task<CallToolResult> GetAsync(string assistant_id, CancellationToken cancellationToken)
        {
            using var response = await MinimalTool.GetAsync(http, assistant_id, cancellationToken);
            var json = await response.Content.ReadAsStringAsync(cancellationToken);
            return Structured(json, JsonElement.Parse(json));
        }
    }
}
