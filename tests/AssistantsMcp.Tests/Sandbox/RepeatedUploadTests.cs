using System.Text;
using System.Text.Json;

namespace AssistantsMcp.Tests.Sandbox;

/// <summary>Files, uploads and vector stores of the sandbox that are sent again with the same <c>Idempotency-Key</c>.</summary>
public sealed class RepeatedUploadTests : IAsyncLifetime
{
    private readonly OpenApp _open = new();

    private RestClient Api => new(_open.App.Http, "sandbox");

    public Task InitializeAsync() => _open.InitializeAsync();

    public Task DisposeAsync() => _open.DisposeAsync();

    [Fact]
    public async Task RepeatedFile_IsKeptOnce()
    {
        var first = await SendFileAsync("/v1/files", "file", "High water at six.", "once");
        var again = await SendFileAsync("/v1/files", "file", "High water at six.", "once");
        var other = await SendFileAsync("/v1/files", "file", "High water at ten.", "once");

        Assert.Equal(first, again);
        Assert.Equal("idempotency_key_reuse", JsonElement.Parse(other).GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(1, (await Api.GetAsync("/v1/files")).GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task RepeatedUpload_MakesOneFile()
    {
        var upload = await TwiceAsync("/v1/uploads", """{"filename":"a.txt","purpose":"assistants","bytes":5,"mime_type":"text/plain"}""");
        var part = await SendFileAsync($"/v1/uploads/{upload}/parts", "data", "Water", "part");
        Assert.Equal(part, await SendFileAsync($"/v1/uploads/{upload}/parts", "data", "Water", "part"));

        await TwiceAsync($"/v1/uploads/{upload}/complete", $$"""{"part_ids":["{{JsonElement.Parse(part).GetProperty("id").GetString()}}"]}""");

        Assert.Equal(1, (await Api.GetAsync("/v1/files")).GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task RepeatedVectorStoreAndItsFiles_AreMadeOnce()
    {
        var file = JsonElement.Parse(await SendFileAsync("/v1/files", "file", "Water", "file")).GetProperty("id").GetString();

        var store = await TwiceAsync("/v1/vector_stores", """{"name":"Tides"}""");
        await TwiceAsync($"/v1/vector_stores/{store}/files", $$"""{"file_id":"{{file}}"}""");
        await TwiceAsync($"/v1/vector_stores/{store}/file_batches", $$"""{"file_ids":["{{file}}"]}""");

        Assert.Equal(1, (await Api.GetAsync("/v1/vector_stores")).GetProperty("data").GetArrayLength());
        Assert.Equal(1, (await Api.GetAsync($"/v1/vector_stores/{store}/files")).GetProperty("data").GetArrayLength());
    }

    /// <summary>Sends a request twice and returns the id that both answers show.</summary>
    private async Task<string> TwiceAsync(string path, string body)
    {
        var first = await Api.Once(path).PostAsync(path, body);
        var again = await Api.Once(path).SendAsync(HttpMethod.Post, path, body);

        Assert.True(again.IsReplayed);
        Assert.Equal(first.GetRawText(), again.Text);
        return first.GetProperty("id").GetString()!;
    }

    private async Task<string> SendFileAsync(string path, string field, string content, string key)
    {
        // Each form has a boundary of its own, as the SDKs' have when they send it again.
        using var form = new MultipartFormDataContent
        {
            { new StringContent("assistants"), "purpose" },
            { new ByteArrayContent(Encoding.UTF8.GetBytes(content)), field, "tides.txt" },
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = form };
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer sandbox");
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        using var response = await _open.App.Http.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }
}
