using System.ClientModel;
using System.Text;
using AssistantsMcp.Engine.Sandbox;
using Microsoft.Extensions.DependencyInjection;
using OpenAI.Files;

namespace AssistantsMcp.Tests.Sandbox;

/// <summary>The sandbox's own files.</summary>
public sealed class SandboxFilesTests : SandboxStorageTests
{
    [Fact]
    public async Task File_LivesItsWholeLife()
    {
        OpenAIFile uploaded = await Files.UploadFileAsync(BinaryData.FromString("High water at six."), "tides.txt", FileUploadPurpose.Assistants);
        OpenAIFile found = await Files.GetFileAsync(uploaded.Id);
        BinaryData content = await Files.DownloadFileAsync(uploaded.Id);
        OpenAIFileCollection listed = await Files.GetFilesAsync(FilePurpose.Assistants);
        OpenAIFileCollection others = await Files.GetFilesAsync(FilePurpose.Vision);
        FileDeletionResult deleted = await Files.DeleteFileAsync(uploaded.Id);
        var gone = await Assert.ThrowsAsync<ClientResultException>(() => Files.GetFileAsync(uploaded.Id));

        Assert.Equal(("tides.txt", 18, FilePurpose.Assistants), (found.Filename, found.SizeInBytes, found.Purpose));
        Assert.Equal("High water at six.", content.ToString());
        Assert.Equal(uploaded.Id, Assert.Single(listed).Id);
        Assert.Empty(others);
        Assert.True(deleted.Deleted);
        Assert.Equal(404, gone.Status);
        (await Caller.GetAsync($"/files/{uploaded.Id}/content")).AssertError(404, $"No such File object: {uploaded.Id}", "id");
        (await Caller.DeleteAsync($"/files/{uploaded.Id}")).AssertError(404, $"No such File object: {uploaded.Id}", "id");
    }

    [Fact]
    public async Task Upload_IsChecked()
    {
        (await Caller.PostAsync("/files", "{}")).AssertError(
            400, "We could not parse the multipart form data of your request. Expected the content type 'multipart/form-data' with the fields 'file' and 'purpose'.");
        (await UploadAsync("x", purpose: "")).AssertError(400, "Missing required parameter: 'purpose'.", "purpose", "missing_required_parameter");
        (await UploadAsync("x", purpose: "assistants_output")).AssertError(
            400,
            "Invalid value: 'assistants_output'. Supported values are: 'assistants', 'batch', 'fine-tune', 'vision', 'user_data', and 'evals'.",
            "purpose",
            "invalid_value");
        (await UploadAsync(new byte[(32 * 1024 * 1024) + 1])).AssertError(
            413, "The file is too large. Expected at most 33554432 bytes.", "file", "file_too_large");
        using var none = new MultipartFormDataContent { { new StringContent("assistants"), "purpose" } };
        (await Caller.SendAsync(HttpMethod.Post, "/files", none)).AssertError(400, "Missing required parameter: 'file'.", "file", "missing_required_parameter");
        using var broken = new StringContent("--b\r\nContent-Disposition: form-data; name=\"file\"", Encoding.UTF8);
        broken.Headers.ContentType = new("multipart/form-data") { Parameters = { new("boundary", "b") } };
        Assert.Equal(400, (int)(await Caller.SendAsync(HttpMethod.Post, "/files", broken)).Status);
        using var foreign = new MultipartFormDataContent { { new StringContent("assistants") { Headers = { ContentType = new("text/plain", "utf-7") } }, "purpose" } };
        (await Caller.SendAsync(HttpMethod.Post, "/files", foreign)).AssertError(
            400, "We could not parse the multipart form data of your request. Expected the content type 'multipart/form-data' with the fields 'file' and 'purpose'.");
        Assert.Empty((await Caller.GetAsync("/files")).Ids);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FormAroundAFile_IsLimitedToo(bool isChunked)
    {
        await using var app = await TestApp.StartAsync(["Sandbox:Enabled=true", "Limits:FileBytes=32768"]);
        using var form = new MultipartFormDataContent
        {
            { new StringContent("assistants"), "purpose" },
            { new ByteArrayContent(new byte[1024]), "file", "a.txt" },
        };
        for (var count = 0; count < 6; count++)
        {
            form.Add(new ByteArrayContent(new byte[32768]), $"more{count}", "b.txt");
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/files") { Content = form };
        request.Headers.TransferEncodingChunked = isChunked;
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer sandbox");
        using var response = await app.Http.SendAsync(request);

        Assert.Equal(413, (int)response.StatusCode);
        Assert.Contains("\"code\":\"file_too_large\"", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task LargestFile_Fits()
    {
        var file = (await UploadAsync(new byte[32 * 1024 * 1024])).Ok();

        Assert.Equal("33554432", file["bytes"]);
    }

    [Fact]
    public async Task Sandbox_HasRoomFor256MiB()
    {
        await using var app = await TestApp.StartAsync(["Sandbox:Enabled=true", "Limits:FileBytes=536870912"]);
        var caller = new WireCaller(app, "sandbox");

        (await caller.PostAsync("/uploads", """{"filename":"a","purpose":"assistants","bytes":268435457,"mime_type":"text/plain"}""")).AssertError(
            400, "The sandbox holds at most 268435456 bytes of files. Delete some first, or use a real API key.", code: "sandbox_full");
        (await caller.PostAsync("/uploads", """{"filename":"a","purpose":"assistants","bytes":268435456,"mime_type":"text/plain"}""")).Ok();
    }

    [Fact]
    public async Task FullSandbox_SaysSo()
    {
        await using var app = await TestApp.StartAsync(
            ["Sandbox:Enabled=true"], builder => builder.Services.AddSingleton(new SandboxRoom(MostBytes: 8)));
        var caller = new WireCaller(app, "sandbox");
        var first = (await UploadAsync(caller, "four"u8.ToArray())).Ok().Id;
        (await UploadAsync(caller, "more"u8.ToArray())).Ok();

        (await UploadAsync(caller, "x"u8.ToArray())).AssertError(
            400, "The sandbox holds at most 8 bytes of files. Delete some first, or use a real API key.", code: "sandbox_full");
        (await caller.DeleteAsync($"/files/{first}")).Ok();
        (await UploadAsync(caller, "x"u8.ToArray())).Ok();
    }

    [Fact]
    public async Task FilenameWithAPath_KeepsItsNameOnly()
    {
        var file = (await UploadAsync("x", name: "../../etc/passwd")).Ok();

        Assert.Equal("\"passwd\"", file["filename"]);
    }

    [Fact]
    public async Task Files_SurviveARestart()
    {
        var file = (await UploadAsync("kept")).Id;
        await using var second = await TestApp.StartAsync(
            ["Access:Mode=open", "Sandbox:Enabled=true", .. App.Database.Settings]);

        Assert.Equal("kept", (await new WireCaller(second, "sandbox").GetAsync($"/files/{file}/content")).Ok().Text);
    }
}
