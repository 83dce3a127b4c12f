using System.ClientModel;
using Microsoft.AspNetCore.Http;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Files;

namespace AssistantsMcp.Tests.PassThrough;

/// <summary>The official .NET clients of other routes, at this server's door.</summary>
public sealed class OfficialClientTests
{
    [Fact]
    public async Task FileClient_UploadsThrough()
    {
        var content = new byte[5 * 1024 * 1024];
        await using var provider = await FakeProvider.StartAsync(async context =>
        {
            var form = await context.Request.ReadFormAsync();
            var file = form.Files["file"]!;
            await context.Response.WriteAsync(
                $$"""{"id":"file-1","object":"file","bytes":{{file.Length}},"created_at":1,"filename":"{{file.FileName}}","purpose":"{{form["purpose"]}}","status":"processed"}""");
        });
        await using var app = await provider.StartAppAsync();
        var client = new OpenAIFileClient(new ApiKeyCredential("sk-files"), Options(app));

        OpenAIFile uploaded = await client.UploadFileAsync(BinaryData.FromBytes(content), "large.txt", FileUploadPurpose.Assistants);

        Assert.Equal(("file-1", "large.txt", content.Length, FilePurpose.Assistants), (uploaded.Id, uploaded.Filename, uploaded.SizeInBytes, uploaded.Purpose));
    }

    [Fact]
    public async Task ChatClient_StreamsThrough()
    {
        await using var provider = await FakeProvider.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            foreach (var word in new[] { "High", " water" })
            {
                await context.Response.WriteAsync(
                    $$"""data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"{{word}}"},"finish_reason":null}]}""" + "\n\n");
                await context.Response.Body.FlushAsync();
            }

            await context.Response.WriteAsync("data: [DONE]\n\n");
        });
        await using var app = await provider.StartAppAsync();
        var client = new ChatClient("m", new ApiKeyCredential("sk-chat"), Options(app));

        var words = await client.CompleteChatStreamingAsync("When?").SelectMany(update => update.ContentUpdate.ToAsyncEnumerable()).Select(part => part.Text).ToListAsync();

        Assert.Equal(["High", " water"], words);
        Assert.Equal("Bearer sk-chat", Assert.Single(provider.Calls).Headers["Authorization"]);
    }

    private static OpenAIClientOptions Options(TestApp app) => new() { Endpoint = new Uri(app.Http.BaseAddress!, "v1") };
}
