using System.Net;
using System.Text;
using System.Text.Json;
using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Sandbox;
using Microsoft.Extensions.DependencyInjection;

namespace AssistantsMcp.Tests.Sandbox;

/// <summary>File search in the sandbox: files, stores, attachments and citations without any model server.</summary>
public sealed class SandboxSearchTests : IAsyncLifetime
{
    private TestApp _app = null!;
    private RestClient _api = null!;

    public async Task InitializeAsync()
    {
        _app = await TestApp.StartAsync(["Sandbox:Enabled=true"]);
        _api = new RestClient(_app.Http, "sandbox");
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task AttachedFile_IsFoundAndCited()
    {
        var file = await UploadAsync("tides.txt", "Low water at noon.\nThe bar has 3.2 m at six.");
        var assistant = await _api.NewAssistantAsync("\"model\":\"sandbox\",\"tools\":[{\"type\":\"file_search\"}]");
        var thread = (await _api.PostAsync(
            "/v1/threads",
            $$$"""{"messages":[{"role":"user","content":"search: bar water","attachments":[{"file_id":"{{{file}}}","tools":[{"type":"file_search"}]}]}]}""")).GetProperty("id").GetString()!;

        var path = await _api.NewRunAsync(thread, assistant);
        var run = await _api.SettledAsync(path);

        Assert.Equal("completed", run.GetProperty("status").GetString());
        var text = (await _api.GetAsync($"/v1/threads/{thread}/messages")).GetProperty("data")[0].GetProperty("content")[0].GetProperty("text");
        Assert.Equal("I found: Low water at noon. The bar has 3.2 m at six.【0:0†tides.txt】", text.GetProperty("value").GetString());
        Assert.Equal(file, text.GetProperty("annotations")[0].GetProperty("file_citation").GetProperty("file_id").GetString());
        var steps = (await _api.GetAsync($"{path}/steps?order=asc&include[]=step_details.tool_calls[*].file_search.results[*].content")).GetProperty("data");
        var result = steps[0].GetProperty("step_details").GetProperty("tool_calls")[0].GetProperty("file_search").GetProperty("results")[0];
        Assert.Equal("tides.txt", result.GetProperty("file_name").GetString());
        Assert.Equal(1.0, result.GetProperty("score").GetDouble());
        Assert.Contains("3.2 m", result.GetProperty("content")[0].GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("\"max_num_results\":1", "both.txt")]
    [InlineData("\"ranking_options\":{\"score_threshold\":0.9}", "both.txt")]
    [InlineData("\"ranking_options\":{\"score_threshold\":0.4}", "both.txt", "one.txt")]
    public async Task Results_AreAsManyAndAsGoodAsTheToolAsksFor(string settings, params string[] found)
    {
        var (both, one) = (await UploadAsync("both.txt", "The bar has water."), await UploadAsync("one.txt", "The bar is open."));
        var store = (await _api.PostAsync("/v1/vector_stores", $$"""{"file_ids":["{{one}}","{{both}}"]}""")).GetProperty("id").GetString();
        var assistant = await _api.NewAssistantAsync(
            $$$"""
            "model":"sandbox","tools":[{"type":"file_search","file_search":{{{{settings}}}}}],"tool_resources":{"file_search":{"vector_store_ids":["{{{store}}}"]}}
            """);

        var path = await _api.NewRunAsync(await _api.NewThreadAsync("search: bar water"), assistant);
        await _api.SettledAsync(path);

        var call = (await _api.GetAsync($"{path}/steps?order=asc")).GetProperty("data")[0].GetProperty("step_details").GetProperty("tool_calls")[0];
        Assert.Equal(found, call.GetProperty("file_search").GetProperty("results").EnumerateArray().Select(result => result.GetProperty("file_name").GetString()));
    }

    [Fact]
    public async Task ToolChoice_SearchesForTheWholeMessage()
    {
        var assistant = await _api.NewAssistantAsync("\"model\":\"sandbox\",\"tools\":[{\"type\":\"file_search\"}]");
        var thread = await _api.NewThreadAsync("Anything about dragons?");

        await _api.SettledAsync(await _api.NewRunAsync(thread, assistant, "\"tool_choice\":{\"type\":\"file_search\"}"));

        Assert.Equal("I found nothing.", (await _api.TextsAsync(thread))[^1]);
    }

    [Fact]
    public async Task FileInTwoStores_IsFoundTwice()
    {
        var file = await UploadAsync("tides.txt", "Low water at noon.");
        var store = (await _api.PostAsync("/v1/vector_stores", $$"""{"file_ids":["{{file}}"]}""")).GetProperty("id").GetString();
        var assistant = await _api.NewAssistantAsync(
            $$$"""
            "model":"sandbox","tools":[{"type":"file_search"}],"tool_resources":{"file_search":{"vector_store_ids":["{{{store}}}"]}}
            """);
        var thread = (await _api.PostAsync(
            "/v1/threads",
            $$$"""{"messages":[{"role":"user","content":"search: water","attachments":[{"file_id":"{{{file}}}","tools":[{"type":"file_search"}]}]}]}""")).GetProperty("id").GetString()!;

        var path = await _api.NewRunAsync(thread, assistant);
        await _api.SettledAsync(path);

        var call = (await _api.GetAsync($"{path}/steps?order=asc")).GetProperty("data")[0].GetProperty("step_details").GetProperty("tool_calls")[0];
        Assert.Equal([file, file], call.GetProperty("file_search").GetProperty("results").EnumerateArray().Select(result => result.GetProperty("file_id").GetString()));
    }

    [Fact]
    public async Task SearchesOfOneMessage_AreAtMostTwenty()
    {
        var assistant = await _api.NewAssistantAsync("\"model\":\"sandbox\",\"tools\":[{\"type\":\"file_search\"}]");
        var thread = await _api.NewThreadAsync(string.Concat(Enumerable.Repeat("search: water\n", 21)));

        await _api.SettledAsync(await _api.NewRunAsync(thread, assistant));

        Assert.Equal(Enumerable.Repeat("I found nothing.", 20), (await _api.TextsAsync(thread)).Skip(1));
    }

    [Fact]
    public async Task Search_EndsWithItsTurn()
    {
        var file = await UploadAsync("short.txt", "Low water at noon.");
        var store = (await _api.PostAsync("/v1/vector_stores", $$"""{"file_ids":["{{file}}"]}""")).GetProperty("id").GetString()!;
        var services = _app.App.Services;
        var tenant = services.GetRequiredService<ServerSecret>().Tenant(ApiKey.Sandbox);

        var search = services.GetRequiredService<SandboxVectorStores>()
            .SearchAsync(tenant, [store], "water", most: 20, threshold: 0, new CancellationToken(canceled: true));

        await Assert.ThrowsAsync<OperationCanceledException>(() => search);
    }

    [Fact]
    public void SearchOfOneLargeFile_EndsWithItsTurn()
    {
        using var turn = new CancellationTokenSource();
        var text = string.Concat(Enumerable.Repeat("Low water at noon. ", 1000));
        using var passages = SandboxSearch.Rate(SandboxSearch.Words("water"), text, turn.Token).GetEnumerator();

        Assert.True(passages.MoveNext());
        turn.Cancel();

        Assert.Throws<OperationCanceledException>(() => passages.MoveNext());
    }

    [Fact]
    public async Task LongSearches_AreCancelledAtOnce()
    {
        var file = await UploadAsync("long.txt", string.Concat(Enumerable.Repeat("Low water at noon. ", 500_000)));
        var assistant = await _api.NewAssistantAsync("\"model\":\"sandbox\",\"tools\":[{\"type\":\"file_search\"}]");
        var searches = string.Concat(Enumerable.Repeat("search: water\\n", 20));
        var thread = (await _api.PostAsync(
            "/v1/threads",
            $$$"""{"messages":[{"role":"user","content":"{{{searches}}}","attachments":[{"file_id":"{{{file}}}","tools":[{"type":"file_search"}]}]}]}""")).GetProperty("id").GetString()!;
        var path = await _api.NewRunAsync(thread, assistant);
        await _api.UntilAsync(path, run => run.GetProperty("status").GetString() == "in_progress");

        await _api.PostAsync($"{path}/cancel");

        Assert.Equal("cancelled", (await _api.SettledAsync(path)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task CodeInterpreter_IsNotThere()
    {
        var assistant = await _api.NewAssistantAsync("\"model\":\"sandbox\",\"tools\":[{\"type\":\"code_interpreter\"}]");

        var (status, error) = await _api.RefusedAsync(
            HttpMethod.Post, $"/v1/threads/{await _api.NewThreadAsync("Hi")}/runs", $$"""{"assistant_id":"{{assistant}}"}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("The tool 'code_interpreter' cannot be run: the sandbox does not have it.", error.GetProperty("message").GetString());
    }

    [Fact]
    public async Task ResourcesOfARunThatAreNull_LeaveThoseOfItsThread()
    {
        var store = (await _api.PostAsync("/v1/vector_stores", "{}")).GetProperty("id").GetString();
        var assistant = await _api.NewAssistantAsync();

        var resources = $$$"""{"file_search":{"vector_store_ids":["{{{store}}}"]}}""";
        var run = await _api.PostAsync(
            "/v1/threads/runs",
            $$$"""{"assistant_id":"{{{assistant}}}","instructions":"i","tool_resources":null,"thread":{"tool_resources":{{{resources}}}}}""");

        var thread = await _api.GetAsync($"/v1/threads/{run.GetProperty("thread_id").GetString()}");
        Assert.Equal(resources, thread.GetProperty("tool_resources").GetRawText());
    }

    [Fact]
    public void LongText_IsCutIntoPassagesBetweenWords()
    {
        var text = string.Join(' ', Enumerable.Range(0, 2000).Select(number => $"word{number}")) + new string('x', 4000) + "🙂";

        var passages = SandboxSearch.Passages(text).ToList();

        Assert.Equal(text, string.Concat(passages));
        Assert.All(passages, passage => Assert.InRange(passage.Length, 1, 3200));
        Assert.All(passages.Take(3), passage => Assert.EndsWith(" ", passage, StringComparison.Ordinal));
    }

    private async Task<string> UploadAsync(string name, string content)
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent("assistants"), "purpose" },
            { new ByteArrayContent(Encoding.UTF8.GetBytes(content)), "file", name },
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/files") { Content = form };
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer sandbox");
        using var response = await _app.Http.SendAsync(request);
        return JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("id").GetString()!;
    }
}
