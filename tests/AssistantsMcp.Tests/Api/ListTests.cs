using System.Text.Json;

namespace AssistantsMcp.Tests.Api;

public sealed class ListTests(OpenApp open) : IClassFixture<OpenApp>
{
    private readonly WireCaller _caller = open.NewCaller();

    [Theory]
    [InlineData("/assistants")]
    [InlineData("/threads/{t}/messages")]
    [InlineData("/threads/{t}/runs")]
    public async Task EmptyList_HasNoIds(string path)
    {
        var threadId = await _caller.CreateThreadAsync();

        var answer = await _caller.GetAsync(path.Replace("{t}", threadId, StringComparison.Ordinal));

        Assert.Equal("""{"object":"list","data":[],"first_id":null,"last_id":null,"has_more":false}""", answer.Ok().Text);
        Assert.Equal("application/json", answer.ContentHeaders.ContentType!.ToString());
    }

    [Fact]
    public async Task Items_AreTheObjectsAsTheyAreReadAlone()
    {
        var first = await _caller.PostAsync("/assistants", """{"model":"a"}""");
        var second = await _caller.PostAsync("/assistants", """{"model":"b"}""");

        var answer = await _caller.GetAsync("/assistants");

        Assert.Equal(
            $$"""{"object":"list","data":[{{second.Text}},{{first.Text}}],"first_id":"{{second.Id}}","last_id":"{{first.Id}}","has_more":false}""",
            answer.Ok().Text);
    }

    // Five messages, 0 the oldest, all of the same second.
    [Theory]
    [InlineData("", "43210", false)]
    [InlineData("?order=desc", "43210", false)]
    [InlineData("?order=asc", "01234", false)]
    [InlineData("?limit=2", "43", true)]
    [InlineData("?limit=5", "43210", false)]
    [InlineData("?limit=2&order=asc", "01", true)]
    [InlineData("?after=3", "210", false)]
    [InlineData("?after=3&limit=2", "21", true)]
    [InlineData("?after=2&limit=2", "10", false)]
    [InlineData("?after=4", "3210", false)]
    [InlineData("?after=0", "", false)]
    [InlineData("?after=3&order=asc", "4", false)]
    [InlineData("?after=0&order=asc&limit=3", "123", true)]
    [InlineData("?before=2", "43", false)]
    [InlineData("?before=0", "4321", false)]
    [InlineData("?before=4", "", false)]
    [InlineData("?before=0&limit=2", "21", true)]
    [InlineData("?before=1&limit=3", "432", false)]
    [InlineData("?before=2&order=asc", "01", false)]
    [InlineData("?before=4&order=asc&limit=2", "23", true)]
    [InlineData("?before=0&order=asc", "", false)]
    [InlineData("?after=4&before=0", "321", false)]
    [InlineData("?after=4&before=0&limit=2", "32", true)]
    [InlineData("?after=0&before=4&order=asc&limit=2", "12", true)]
    [InlineData("?after=2&before=1", "", false)]
    [InlineData("?after=1&before=3", "", false)]
    [InlineData("?after=2&before=2", "", false)]
    [InlineData("?limit=&order=&after=&before=", "43210", false)]
    [InlineData("?colour=blue", "43210", false)]
    public async Task Cursors_CutTheListInTheAskedOrder(string query, string expected, bool hasMore)
    {
        var threadId = await _caller.CreateThreadAsync(
            $$"""{"messages":[{{string.Join(',', Enumerable.Repeat("""{"role":"user","content":"x"}""", 5))}}]}""");
        var ids = (await _caller.GetAsync($"/threads/{threadId}/messages?order=asc")).Ids;
        var asked = System.Text.RegularExpressions.Regex.Replace(query, "(after|before)=([0-4])", match => $"{match.Groups[1]}={ids[int.Parse(match.Groups[2].Value)]}");

        var answer = await _caller.GetAsync($"/threads/{threadId}/messages{asked}");

        Assert.Equal(expected, string.Concat(answer.Ok().Ids.Select(id => Array.IndexOf(ids, id))));
        Assert.Equal(hasMore, answer.HasMore);
        Assert.Equal(answer.Ids.FirstOrDefault(), answer.Json.GetProperty("first_id").GetString());
        Assert.Equal(answer.Ids.LastOrDefault(), answer.Json.GetProperty("last_id").GetString());
    }

    [Theory]
    [InlineData("desc", 4)]
    [InlineData("asc", 7)]
    [InlineData("asc", 25)]
    [InlineData("desc", 100)]
    public async Task Paging_MeetsEveryObjectOnce(string order, int limit)
    {
        var made = new List<string>();
        for (var count = 0; count < 25; count++)
        {
            made.Add(await _caller.CreateAssistantAsync());
        }

        var met = new List<string>();
        WireAnswer page;
        do
        {
            var after = met.Count == 0 ? "" : $"&after={met[^1]}";
            page = await _caller.GetAsync($"/assistants?order={order}&limit={limit}{after}");
            met.AddRange(page.Ok().Ids);
        }
        while (page.HasMore);

        Assert.Equal(order == "asc" ? made : Enumerable.Reverse(made), met);
    }

    [Fact]
    public async Task DefaultPage_HasTwentyItems()
    {
        for (var count = 0; count < 21; count++)
        {
            await _caller.CreateAssistantAsync();
        }

        var answer = await _caller.GetAsync("/assistants");

        Assert.Equal((20, true), (answer.Ok().Ids.Length, answer.HasMore));
    }

    [Fact]
    public async Task Modified_KeepsItsPlace()
    {
        var first = await _caller.CreateAssistantAsync();
        var second = await _caller.CreateAssistantAsync();

        (await _caller.PostAsync($"/assistants/{first}", """{"name":"n"}""")).Ok();

        Assert.Equal([second, first], (await _caller.GetAsync("/assistants")).Ids);
    }

    [Fact]
    public async Task RunId_KeepsWhatTheRunWrote()
    {
        var sandbox = new WireCaller(open.App, "sandbox");
        var assistantId = await sandbox.CreateAssistantAsync();
        var threadId = await sandbox.CreateThreadAsync();
        var runs = new List<string>();
        for (var count = 0; count < 2; count++)
        {
            var stream = await sandbox.PostAsync(
                $"/threads/{threadId}/runs",
                $$"""{"assistant_id":"{{assistantId}}","stream":true,"additional_messages":[{"role":"user","content":"hi"}]}""");
            runs.Add(JsonElement.Parse(stream.Ok().Text.Split("data: ")[1].Split('\n')[0]).GetProperty("id").GetString()!);
        }

        var all = await sandbox.GetAsync($"/threads/{threadId}/messages");
        var ofFirst = await sandbox.GetAsync($"/threads/{threadId}/messages?run_id={runs[0]}");
        var ofSecond = await sandbox.GetAsync($"/threads/{threadId}/messages?run_id={runs[1]}&order=asc&limit=1");
        var ofNone = await sandbox.GetAsync($"/threads/{threadId}/messages?run_id=run_unknown");

        Assert.Equal(4, all.Ok().Ids.Length);
        Assert.Equal([all.Ids[2]], ofFirst.Ok().Ids);
        Assert.Equal([all.Ids[0]], ofSecond.Ok().Ids);
        Assert.Empty(ofNone.Ok().Ids);
    }

    [Fact]
    public async Task RunIdOnAListThatKnowsNoSuchParameter_IsIgnored()
    {
        var id = await _caller.CreateAssistantAsync();

        var answer = await _caller.GetAsync("/assistants?run_id=run_1");

        Assert.Equal([id], answer.Ok().Ids);
    }

    [Theory]
    [InlineData("limit=0", "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got 0 instead.", "limit", "integer_below_min_value")]
    [InlineData("limit=-5", "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got -5 instead.", "limit", "integer_below_min_value")]
    [InlineData("limit=101", "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 101 instead.", "limit", "integer_above_max_value")]
    [InlineData("limit=99999999999", "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 99999999999 instead.", "limit", "integer_above_max_value")]
    [InlineData("limit=abc", "Invalid type for 'limit': expected an integer, but got a string instead.", "limit", "invalid_type")]
    [InlineData("limit=%22%5C", "Invalid type for 'limit': expected an integer, but got a string instead.", "limit", "invalid_type")]
    [InlineData("order=up", "Invalid value: 'up'. Supported values are: 'asc' and 'desc'.", "order", "invalid_value")]
    [InlineData("order=ASC", "Invalid value: 'ASC'. Supported values are: 'asc' and 'desc'.", "order", "invalid_value")]
    [InlineData("after=a%2Fb", "Invalid 'after': expected an id made of letters, digits, '_' and '-' only.", "after", "invalid_value")]
    [InlineData("before=a%0A", "Invalid 'before': expected an id made of letters, digits, '_' and '-' only.", "before", "invalid_value")]
    public async Task BadParameter_IsRefusedByEveryList(string query, string message, string param, string code)
    {
        var threadId = await _caller.CreateThreadAsync();

        (await _caller.GetAsync($"/assistants?{query}")).AssertError(400, message, param, code);
        (await _caller.GetAsync($"/threads?{query}")).AssertError(400, message, param, code);
        (await _caller.GetAsync($"/threads/{threadId}/messages?{query}")).AssertError(400, message, param, code);
        (await _caller.GetAsync($"/threads/{threadId}/runs?{query}")).AssertError(400, message, param, code);
        (await _caller.GetAsync($"/threads/{threadId}/runs/run_1/steps?{query}")).AssertError(400, message, param, code);
    }

    [Theory]
    [InlineData("after")]
    [InlineData("before")]
    public async Task UnknownCursor_IsNotFound(string cursor)
    {
        var threadId = await _caller.CreateThreadAsync();
        var otherThreadId = await _caller.CreateThreadAsync();
        var messageElsewhere = await _caller.CreateMessageAsync(otherThreadId);
        var deleted = await _caller.CreateAssistantAsync();
        await _caller.DeleteAsync($"/assistants/{deleted}");

        (await _caller.GetAsync($"/assistants?{cursor}=asst_x")).AssertError(404, "No assistant found with id 'asst_x'.");
        (await _caller.GetAsync($"/assistants?{cursor}={threadId}")).AssertError(404, $"No assistant found with id '{threadId}'.");
        (await _caller.GetAsync($"/assistants?{cursor}={deleted}")).AssertError(404, $"No assistant found with id '{deleted}'.");
        (await _caller.GetAsync($"/threads/{threadId}/messages?{cursor}=msg_x")).AssertError(404, "No message found with id 'msg_x'.");
        (await _caller.GetAsync($"/threads/{threadId}/messages?{cursor}={messageElsewhere}")).AssertError(404, $"No message found with id '{messageElsewhere}'.");
        (await _caller.GetAsync($"/threads/{threadId}/runs?{cursor}=run_x")).AssertError(404, "No run found with id 'run_x'.");
    }
}
