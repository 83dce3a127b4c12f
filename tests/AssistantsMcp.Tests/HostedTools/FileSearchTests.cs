using System.Text.Json;
using static AssistantsMcp.Tests.Models.Upstream;
using static AssistantsMcp.Tests.Models.UpstreamTools;

namespace AssistantsMcp.Tests.HostedTools;

/// <summary>Runs whose model searches its provider's vector stores.</summary>
public sealed class FileSearchTests() : HostedToolTests(Tool)
{
    private const string Include = "step_details.tool_calls[*].file_search.results[*].content";
    private const string Tool =
        "\"model\":\"gpt-6-luna\",\"tools\":[{\"type\":\"file_search\"}],\"tool_resources\":{\"file_search\":{\"vector_store_ids\":[\"vs_a\"]}}";

    [Fact]
    public async Task Search_IsToldWithOneDeltaAndItsResults()
    {
        ScriptSearch("The bar has 3.2 m.");

        var events = await StreamAsync();

        Assert.Equal(
            [
                "thread.run.created", "thread.run.queued", "thread.run.in_progress",
                "thread.run.step.created", "thread.run.step.in_progress", "thread.run.step.delta", "thread.run.step.completed",
                "thread.run.step.created", "thread.run.step.in_progress", "thread.message.created", "thread.message.in_progress",
                "thread.message.delta", "thread.message.delta", "thread.message.completed", "thread.run.step.completed", "thread.run.completed", "done",
            ],
            events.Select(happened => happened.Name));
        var call = events[5].Json.GetProperty("delta").GetProperty("step_details").GetProperty("tool_calls")[0];
        Assert.Equal(
            """{"ranking_options":{"ranker":"default_2024_08_21","score_threshold":0.0},"results":[]}""", call.GetProperty("file_search").GetRawText());
        Assert.Equal(
            """[{"file_id":"file-a","file_name":"tides.txt","score":0.5,"attributes":{"year":1999}}]""", ResultsOf(events[6].Json));
    }

    [Theory]
    [InlineData("include[]=")]
    [InlineData("include%5B%5D=")]
    [InlineData("include=")]
    public async Task FoundPassages_AreShownToThoseWhoAskForThem(string parameter)
    {
        ScriptSearch("The bar has 3.2 m.");
        var events = await StreamAsync($"?{parameter}{Uri.EscapeDataString(Include)}");
        var path = $"/v1/threads/{events[0].Json.GetProperty("thread_id").GetString()}/runs/{events[0].Json.GetProperty("id").GetString()}/steps";

        var withContent = """[{"file_id":"file-a","file_name":"tides.txt","score":0.5,"attributes":{"year":1999},"content":[{"type":"text","text":"3.2 m at six"}]}]""";
        var asked = (await Api.GetAsync($"{path}?order=asc&{parameter}{Include}")).GetProperty("data")[0];
        var plain = (await Api.GetAsync($"{path}?order=asc")).GetProperty("data")[0];
        var id = plain.GetProperty("id").GetString();

        Assert.Equal(withContent, ResultsOf(events.First(happened => happened.Name == "thread.run.step.completed").Json));
        Assert.Equal(withContent, ResultsOf(asked));
        Assert.DoesNotContain("content", ResultsOf(plain));
        Assert.Equal(withContent, ResultsOf(await Api.GetAsync($"{path}/{id}?{parameter}{Include}")));
        Assert.DoesNotContain("content", ResultsOf(await Api.GetAsync($"{path}/{id}")));
    }

    [Fact]
    public async Task UnknownInclude_IsRefused()
    {
        var (_, error) = await Api.RefusedAsync(
            HttpMethod.Get, "/v1/threads/thread_x/runs/run_x/steps?include[]=everything");

        Assert.Equal($"Invalid value: 'everything'. Supported values are: '{Include}'.", error.GetProperty("message").GetString());
        Assert.Equal("invalid_value", error.GetProperty("code").GetString());
    }

    [Fact]
    public async Task Citation_BecomesAMarkerWithExactPlaces()
    {
        var citation = FileCitation("file-a", "tides.txt", 19);
        Model.NextEvents(
        [
            Created, .. FileSearch(["tide"], [SearchResult("file-a", "tides.txt", "3.2 m at six")]),
            Added(EmptyMessage(), 1), TextDelta("🌊 The bar has 3.2 m", index: 1), AnnotationAdded(citation, index: 1), TextDelta(" at six 🎉.", index: 1),
            Done(AnnotatedMessage("🌊 The bar has 3.2 m at six 🎉.", [citation]), 1), Completed(),
        ]);

        var events = await StreamAsync();

        var text = events.Single(happened => happened.Name == "thread.message.completed").Json.GetProperty("content")[0].GetProperty("text");
        Assert.Equal("🌊 The bar has 3.2 m【0:0†tides.txt】 at six 🎉.", text.GetProperty("value").GetString());
        Assert.Equal(
            """[{"type":"file_citation","text":"【0:0†tides.txt】","start_index":19,"end_index":34,"file_citation":{"file_id":"file-a"}}]""",
            text.GetProperty("annotations").GetRawText());

        var deltas = events.Where(happened => happened.Name == "thread.message.delta")
            .Select(happened => happened.Json.GetProperty("delta").GetProperty("content")[0].GetProperty("text")).ToList();
        Assert.Equal(text.GetProperty("value").GetString(), string.Concat(deltas.Select(delta => delta.GetProperty("value").GetString())));
        Assert.Equal(
            """{"value":"【0:0†tides.txt】","annotations":[{"index":0,"type":"file_citation","text":"【0:0†tides.txt】","start_index":19,"end_index":34,"file_citation":{"file_id":"file-a","quote":""}}]}""",
            deltas[1].GetRawText());
    }

    [Fact]
    public async Task CitationsThatCameWithTheWholeMessage_StandWhereTheyBelong()
    {
        Model.NextEvents(
        [
            Created, .. FileSearch(["tide"], []),
            Done(AnnotatedMessage("🌊 One. Two.", [FileCitation("file-a", "a.txt", 6), FileCitation("file-b", "b】.txt", 11)]), 1), Completed(),
        ]);

        var events = await StreamAsync();

        var text = events.Single(happened => happened.Name == "thread.message.completed").Json.GetProperty("content")[0].GetProperty("text");
        Assert.Equal("🌊 One.【0:0†a.txt】 Two.【0:1†b].txt】", text.GetProperty("value").GetString());
        var places = text.GetProperty("annotations").EnumerateArray()
            .Select(annotation => (annotation.GetProperty("start_index").GetInt32(), annotation.GetProperty("end_index").GetInt32()));
        Assert.Equal([(6, 17), (22, 34)], places);
    }

    [Fact]
    public async Task ManyCitations_DoNotHoldTheRunUp()
    {
        const int Citations = 2000;
        var answer = string.Concat(Enumerable.Repeat("🌊 3.2 m at six. ", Citations));
        var citations = Enumerable.Range(0, Citations).Select(number => FileCitation("file-a", "a.txt", number * 16)).ToArray();
        Model.NextEvents(Created, Done(AnnotatedMessage(answer, citations)), Completed());
        var thread = await Api.NewThreadAsync("Hi");

        await Api.SettledAsync(await Api.NewRunAsync(thread, await Api.NewAssistantAsync(Tool)));

        var text = (await Api.GetAsync($"/v1/threads/{thread}/messages")).GetProperty("data")[0].GetProperty("content")[0].GetProperty("text");
        var runes = text.GetProperty("value").GetString()!.EnumerateRunes().ToArray();
        var annotations = text.GetProperty("annotations").EnumerateArray().ToList();
        Assert.Equal(Citations, annotations.Count);
        Assert.All(annotations, annotation => Assert.Equal(
            annotation.GetProperty("text").GetString(),
            string.Concat(runes[annotation.GetProperty("start_index").GetInt32()..annotation.GetProperty("end_index").GetInt32()])));
    }

    [Fact]
    public async Task Markers_AreNotShownToTheModelAgain()
    {
        Model.NextEvents(Created, Done(AnnotatedMessage("It is.", [FileCitation("file-a", "a.txt", 5)])), Completed());
        Model.NextEvents(Created, Done(Message("Yes.")), Completed());
        var assistant = await Api.NewAssistantAsync(Tool);
        var thread = await Api.NewThreadAsync("Is it?");
        await Api.SettledAsync(await Api.NewRunAsync(thread, assistant));

        await Api.SettledAsync(await Api.NewRunAsync(thread, assistant));

        Assert.Equal("It is.", Model.Calls[1].Json.GetProperty("input")[1].GetProperty("content").GetString());
    }

    [Fact]
    public async Task Request_NamesTheStoresOfAssistantAndThread()
    {
        Model.On("GET /v1/vector_stores/vs_b", reply => reply.StatusAsync(200, """{"id":"vs_b","status":"completed","file_counts":{"in_progress":0}}"""));
        Model.NextEvents(Created, Done(Message("Hello.")), Completed());
        var assistant = await Api.NewAssistantAsync(
            "\"model\":\"m\",\"tools\":[{\"type\":\"file_search\",\"file_search\":{\"max_num_results\":7,\"ranking_options\":{\"ranker\":\"auto\",\"score_threshold\":0.25}}}],"
            + "\"tool_resources\":{\"file_search\":{\"vector_store_ids\":[\"vs_a\"]}}");
        var thread = (await Api.PostAsync(
            "/v1/threads",
            """{"messages":[{"role":"user","content":"Hi"}],"tool_resources":{"file_search":{"vector_store_ids":["vs_b"]}}}""")).GetProperty("id").GetString()!;

        await Api.SettledAsync(await Api.NewRunAsync(thread, assistant, "\"tool_choice\":{\"type\":\"file_search\"}"));

        var sent = Model.CallsOf("POST /v1/responses").Single().Json;
        Assert.Equal(
            """[{"type":"file_search","vector_store_ids":["vs_a","vs_b"],"max_num_results":7,"ranking_options":{"ranker":"auto","score_threshold":0.25}}]""",
            sent.GetProperty("tools").GetRawText());
        Assert.Equal("""{"type":"file_search"}""", sent.GetProperty("tool_choice").GetRawText());
        Assert.Contains("file_search_call.results", sent.GetProperty("include").GetRawText());
    }

    [Fact]
    public async Task SearchWithoutAnyStore_IsLeftOutOfTheRequest()
    {
        Model.NextEvents(Created, Done(Message("Hello.")), Completed());
        var assistant = await Api.NewAssistantAsync("\"model\":\"m\",\"tools\":[{\"type\":\"file_search\"}]");

        await Api.SettledAsync(await Api.NewRunAsync(await Api.NewThreadAsync("Hi"), assistant, "\"tool_choice\":{\"type\":\"file_search\"}"));

        Assert.False(Model.Calls.Single().Json.TryGetProperty("tools", out _));
        Assert.False(Model.Calls.Single().Json.TryGetProperty("tool_choice", out _));
    }

    [Fact]
    public async Task StoreOfTheThreadThatStillIndexes_IsWaitedFor()
    {
        var asked = 0;
        Model.On("GET /v1/vector_stores/vs_b", reply => reply.StatusAsync(
            200,
            Interlocked.Increment(ref asked) == 1
                ? """{"id":"vs_b","status":"in_progress","file_counts":{"in_progress":1}}"""
                : """{"id":"vs_b","status":"completed","file_counts":{"in_progress":0}}"""));
        Model.NextEvents(Created, Done(Message("Hello.")), Completed());
        var assistant = await Api.NewAssistantAsync(Tool);
        var thread = (await Api.PostAsync(
            "/v1/threads",
            """{"messages":[{"role":"user","content":"Hi"}],"tool_resources":{"file_search":{"vector_store_ids":["vs_b"]}}}""")).GetProperty("id").GetString()!;

        var run = await Api.SettledAsync(await Api.NewRunAsync(thread, assistant));

        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task StoreOfTheThreadThatExpired_FailsTheRun()
    {
        Model.On("GET /v1/vector_stores/vs_b", reply => reply.StatusAsync(200, """{"id":"vs_b","status":"expired","file_counts":{"in_progress":0}}"""));
        var assistant = await Api.NewAssistantAsync(Tool);
        var thread = (await Api.PostAsync(
            "/v1/threads",
            """{"messages":[{"role":"user","content":"Hi"}],"tool_resources":{"file_search":{"vector_store_ids":["vs_b"]}}}""")).GetProperty("id").GetString()!;

        var run = await Api.SettledAsync(await Api.NewRunAsync(thread, assistant));

        Assert.Equal("failed", run.GetProperty("status").GetString());
        Assert.StartsWith("The thread's vector store has expired (vs_b).", run.GetProperty("last_error").GetProperty("message").GetString());
    }

    private void ScriptSearch(string answer) => Model.NextEvents(
    [
        Created, .. FileSearch(["tide"], [SearchResult("file-a", "tides.txt", "3.2 m at six", attributes: """{"year":1999}""")]),
        Added(EmptyMessage(), 1), TextDelta(answer, index: 1), AnnotationAdded(FileCitation("file-a", "tides.txt", answer.Length), index: 1),
        Done(AnnotatedMessage(answer, [FileCitation("file-a", "tides.txt", answer.Length)]), 1), Completed(),
    ]);

    private static string ResultsOf(JsonElement step) =>
        step.GetProperty("step_details").GetProperty("tool_calls")[0].GetProperty("file_search").GetProperty("results").GetRawText();
}
