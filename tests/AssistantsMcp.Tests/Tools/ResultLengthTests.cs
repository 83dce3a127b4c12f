using System.Text.Json;

namespace AssistantsMcp.Tests.Tools;

/// <summary>No text of a tool's result costs a model more than 25,000 tokens, whatever was asked for; nothing is lost by it.</summary>
public sealed class ResultLengthTests : IAsyncLifetime
{
    private const int MostTokens = 25_000;

    private TestApp _app = null!;

    public async Task InitializeAsync() => _app = await TestApp.StartAsync(["Access:Mode=open", "Limits:ToolCallBytes=4194304"]);

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("The quick brown fox jumps over the lazy dog. ", 100)]
    [InlineData("q7~Z\\\"\\u0001", 400)]
    [InlineData("語言模型", 300)]
    [InlineData("\\ud83d\\ude00", 400)]
    public async Task LongList_EndsAtAnItemAndGoesOnAfterIt(string text, int times)
    {
        var thread = (await _app.CallAsync("thread-create")).Id;
        var sent = new List<string>();
        for (var i = 0; i < 60; i++)
        {
            var content = string.Concat(Enumerable.Repeat(text, times));
            sent.Add((await _app.CallAsync("message-create", $$"""{"thread_id":"{{thread}}","content":"{{content}}"}""")).Id);
        }

        var got = new List<string>();
        for (var after = ""; ;)
        {
            var page = await _app.CallAsync("message-list", $$"""{"thread_id":"{{thread}}","limit":100,"order":"asc","detail":"full"{{after}}}""");
            AssertShort(page);
            var list = JsonElement.Parse(page.Text);
            Assert.True(JsonElement.DeepEquals(list, page.Result.GetProperty("structuredContent")));
            var ids = list.GetProperty("data").EnumerateArray().Select(message => message.GetProperty("id").GetString()!).ToList();
            Assert.Equal(ids[0], list.GetProperty("first_id").GetString());
            Assert.Equal(ids[^1], list.GetProperty("last_id").GetString());
            got.AddRange(ids);
            if (!list.GetProperty("has_more").GetBoolean())
            {
                break;
            }

            Assert.Contains($"after: \"{ids[^1]}\"", page.Result.GetProperty("content")[1].GetProperty("text").GetString(), StringComparison.Ordinal);
            after = $",\"after\":\"{ids[^1]}\"";
        }

        Assert.Equal(sent, got);
    }

    [Fact]
    public async Task ItemThatIsTooLongForAPage_IsShortened()
    {
        var thread = (await _app.CallAsync("thread-create")).Id;
        var message = (await _app.CallAsync("message-create", $$"""{"thread_id":"{{thread}}","content":"{{new string('x', 200_000)}}"}""")).Id;
        await _app.CallAsync("message-create", $$"""{"thread_id":"{{thread}}","content":"short"}""");

        var page = await _app.CallAsync("message-list", $$"""{"thread_id":"{{thread}}","order":"asc","detail":"full"}""");

        AssertShort(page);
        var list = JsonElement.Parse(page.Text);
        Assert.Equal(message, Assert.Single(list.GetProperty("data").EnumerateArray()).GetProperty("id").GetString());
        Assert.True(list.GetProperty("has_more").GetBoolean());
        Assert.Contains("xx… (200000 characters)", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LongObject_IsShortenedInTheTextAndWholeInTheStructure()
    {
        var instructions = new string('x', 250_000);

        var created = await _app.CallAsync("assistant-create", $$"""{"model":"m","name":"Long","instructions":"{{instructions}}"}""");

        AssertShort(created);
        var shown = JsonElement.Parse(created.Text);
        Assert.Equal(created.Id, shown.GetProperty("id").GetString());
        Assert.Equal("Long", shown.GetProperty("name").GetString());
        Assert.EndsWith("xx… (250000 characters)", shown.GetProperty("instructions").GetString(), StringComparison.Ordinal);
        Assert.Equal(instructions, created.Result.GetProperty("structuredContent").GetProperty("instructions").GetString());
        Assert.Contains("structuredContent", created.Result.GetProperty("content")[1].GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    public static TheoryData<string> Shapes => new(
        $$$"""{"a":[{{{string.Join(',', Enumerable.Range(0, 90_000))}}}]}""",
        $$$"""{{{{string.Join(',', Enumerable.Range(0, 90_000).Select(number => $"\"k{number}\":{number}"))}}}}""",
        $$$"""{"{{{new string('k', 300_000)}}}":1,"b":{"{{{new string('é', 300_000)}}}":"{{{new string('v', 300_000)}}}"}}""",
        $$$"""{"a":{{{new string('9', 300_000)}}}}""",
        $$$"""{"a":"{{{string.Concat(Enumerable.Repeat("\\u0000", 200_000))}}}"}""",
        $$$"""{"a":"{{{string.Concat(Enumerable.Repeat("\\ud83d\\ude00", 100_000))}}}"}""",
        $$$"""{"a":[{{{string.Join(',', Enumerable.Repeat("""{"b":[{"c":"ddddddddd","e":[1,2,3]},{"f":{"g":{"h":"iiiiiii"}}}]}""", 6_000))}}}]}""",
        $$$"""{"a":{{{string.Concat(Enumerable.Repeat("{\"a\":[\"bbbbbbbb\",", 24))}}}"{{{new string('c', 200_000)}}}"{{{string.Concat(Enumerable.Repeat("]}", 24))}}}}""");

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task AnyLongObject_StaysJson(string parameters)
    {
        var created = await _app.CallAsync(
            "assistant-create", $$$"""{"model":"m","tools":[{"type":"function","function":{"name":"look_up","parameters":{{{parameters}}}}}]}""");

        Assert.False(created.IsError, created.Text);
        AssertShort(created);
        var function = JsonElement.Parse(created.Text, new JsonDocumentOptions { MaxDepth = 100 }).GetProperty("tools")[0].GetProperty("function");
        Assert.Equal("look_up", function.GetProperty("name").GetString());
        Assert.Contains("…", created.Text, StringComparison.Ordinal);
        Assert.InRange(created.Text.Length, 2_000, 100_000);
    }

    private static void AssertShort(ToolAnswer answer)
    {
        var texts = answer.Result.GetProperty("content").EnumerateArray().Select(block => block.GetProperty("text").GetString()!);
        Assert.InRange(texts.Sum(Tokens.Count), 1, MostTokens);
    }
}
