using System.Text.Json;

namespace AssistantsMcp.Tests.HostedTools;

/// <summary>Runs of an assistant with a tool that the model server hosts.</summary>
/// <param name="assistant">Fields of the assistant.</param>
public abstract class HostedToolTests(string assistant) : HostingModelTests
{
    private protected const string CodeTool = "\"model\":\"gpt-6-luna\",\"tools\":[{\"type\":\"code_interpreter\"}]";

    private protected static byte[] Picture { get; } = [0x89, (byte)'P', (byte)'N', (byte)'G', 1, 2, 3];

    /// <summary>Runs the assistant on a new thread, until the run has ended.</summary>
    private protected async Task<JsonElement> RunAsync() =>
        await Api.SettledAsync(await Api.NewRunAsync(await Api.NewThreadAsync("Hi"), await Api.NewAssistantAsync(assistant)));

    /// <summary>The same as a stream, to its end.</summary>
    private protected async Task<IReadOnlyList<StreamEvent>> StreamAsync(string query = "")
    {
        await using var stream = await Api.StreamAsync(
            $"/v1/threads/{await Api.NewThreadAsync("Hi")}/runs{query}", $$"""{"assistant_id":"{{await Api.NewAssistantAsync(assistant)}}","stream":true}""");
        return await stream.RestAsync();
    }

    /// <summary>The text of the newest message on a run's thread.</summary>
    private protected async Task<JsonElement> TextOfAsync(JsonElement run) =>
        (await Api.GetAsync($"/v1/threads/{run.GetProperty("thread_id").GetString()}/messages")).GetProperty("data")[0].GetProperty("content")[0].GetProperty("text");

    private protected async Task<byte[]> BytesAsync(string fileId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/files/{fileId}/content");
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer sk-test");
        using var response = await App.Http.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode);
        return await response.Content.ReadAsByteArrayAsync();
    }
}
