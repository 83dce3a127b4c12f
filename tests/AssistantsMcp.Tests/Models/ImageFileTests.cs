using System.Text.Json;
using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Files;
using Microsoft.Extensions.DependencyInjection;
using static AssistantsMcp.Tests.Models.BackendApp;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Models;

/// <summary>Images that a message names by file id, on servers that take ids and on those that do not.</summary>
public sealed class ImageFileTests
{
    private const string Content = """[{"type":"text","text":"What is this?"},{"type":"image_file","image_file":{"file_id":"file-1","detail":"low"}}]""";

    [Theory]
    [InlineData("openai")]
    [InlineData("azure")]
    public async Task ServerThatTakesIds_GetsTheId(string profile)
    {
        await using var app = await StartAsync(profile);
        app.Model.NextEvents(Done(Message("A dot.")), Completed());

        await app.RunAsync(content: Content);

        Assert.Equal("""{"type":"input_image","file_id":"file-1","detail":"low"}""", app.Requests[0].GetProperty("input")[0].GetProperty("content")[1].GetRawText());
    }

    [Theory]
    [InlineData("ollama", new byte[] { 0x89, 0x50, 0x4E, 0x47 }, "data:image/png;base64,iVBORw==")]
    [InlineData("vllm", new byte[] { 0xFF, 0xD8, 0xFF, 0xE0 }, "data:image/jpeg;base64,/9j/4A==")]
    [InlineData("llamacpp", new byte[] { 0x47, 0x49, 0x46, 0x38 }, "data:image/gif;base64,R0lGOA==")]
    [InlineData("openrouter", new byte[] { 0x52, 0x49, 0x46, 0x46, 0, 0, 0, 0, 0x57, 0x45, 0x42, 0x50 }, "data:image/webp;base64,UklGRgAAAABXRUJQ")]
    [InlineData("generic", new byte[] { 0x89, 0x50, 0x4E, 0x47 }, "data:image/png;base64,iVBORw==")]
    public async Task ServerThatTakesNone_GetsTheImageFromItsOwnFiles(string profile, byte[] image, string url)
    {
        await using var app = await StartAsync(profile);
        app.Model.Next(reply => reply.BytesAsync(image)).NextEvents(Done(Message("A dot.")), Completed());

        await app.RunAsync(content: Content);

        Assert.Equal(("GET", "/v1/files/file-1/content", "Bearer sk-test"), (app.Model.Calls[0].Method, app.Model.Calls[0].Target, app.Model.Calls[0].Headers["Authorization"]));
        Assert.True(JsonElement.DeepEquals(
            JsonElement.Parse($$"""{"type":"input_image","image_url":"{{url}}","detail":"low"}"""),
            app.Requests[0].GetProperty("input")[0].GetProperty("content")[1]));
    }

    [Fact]
    public async Task ImageThatIsKeptHere_IsSentItself_AlsoToAServerThatTakesIds()
    {
        await using var app = await StartAsync("openai");
        app.Model.NextEvents(Done(Message("A dot.")), Completed());
        var tenant = app.Services.GetRequiredService<ServerSecret>().Tenant(new ApiKey("sk-test"));
        var file = await app.Services.GetRequiredService<FileStore>().AddAsync(
            tenant, "plot.png", FileStore.AssistantsOutput, new byte[] { 0x89, 0x50, 0x4E, 0x47 }, CancellationToken.None);

        await app.RunAsync(content: Content.Replace("file-1", file.Id, StringComparison.Ordinal));

        Assert.Equal(
            "data:image/png;base64,iVBORw==",
            app.Requests[0].GetProperty("input")[0].GetProperty("content")[1].GetProperty("image_url").GetString());
    }

    [Fact]
    public async Task ImageShownTooOften_FailsTheRun()
    {
        await using var app = await StartAsync("generic");
        byte[] image = [0x89, 0x50, 0x4E, 0x47, .. new byte[1024 * 1024]];
        app.Model.Next(reply => reply.BytesAsync(image));
        var part = """{"type":"image_file","image_file":{"file_id":"file-1"}}""";

        var run = await app.RunAsync(content: $"[{string.Join(',', Enumerable.Repeat(part, 50))}]");

        Assert.Equal(
            """{"code":"invalid_prompt","message":"The images that are named by file id are more than 50 MiB together. Send fewer or smaller ones, or leave older messages out with truncation_strategy."}""",
            run.GetProperty("last_error").GetRawText());
        Assert.Empty(app.Requests);
    }

    [Theory]
    [InlineData(404, "The model server takes no images by file id, and the content of 'file-1' could not be read from it (status 404).")]
    [InlineData(200, "The file 'file-1' is no PNG, JPEG, GIF or WebP image.")]
    public async Task ImageThatCannotBeHad_FailsTheRun_WithCauseAndRemedy(int status, string cause)
    {
        await using var app = await StartAsync("llamacpp");
        app.Model.NextStatus(status, "{\"object\":\"file\"}");

        var run = await app.RunAsync(content: Content);

        Assert.Equal("invalid_prompt", run.GetProperty("last_error").GetProperty("code").GetString());
        Assert.Equal(
            $"{cause} Send the image itself, as an image_url with a data URL (data:image/png;base64,…).",
            run.GetProperty("last_error").GetProperty("message").GetString());
        Assert.Empty(app.Requests);
    }
}
