namespace AssistantsMcp.Tests.Messages;

public sealed class ThreadMessageTests(OpenApp open) : IClassFixture<OpenApp>, IAsyncLifetime
{
    private readonly WireCaller _caller = open.NewCaller();
    private string _threadId = "";

    private string Messages => $"/threads/{_threadId}/messages";

    public async Task InitializeAsync() => _threadId = await _caller.CreateThreadAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("user")]
    [InlineData("assistant")]
    public async Task Text_BecomesOneTextPart(string role)
    {
        var answer = await _caller.PostAsync(Messages, $$"""{"content":"hello","role":"{{role}}"}""");

        answer.AssertObject(
            $$$"""{"id":"ID","object":"thread.message","created_at":1790000000,"assistant_id":null,"thread_id":"{{{_threadId}}}","run_id":null,"status":"completed","incomplete_details":null,"incomplete_at":null,"completed_at":1790000000,"role":"{{{role}}}","content":[{"type":"text","text":{"value":"hello","annotations":[]}}],"attachments":[],"metadata":{}}""");
        Assert.Matches("^msg_[A-Za-z0-9]{24}$", answer.Id);
        Assert.Equal(answer.Text, (await _caller.GetAsync($"{Messages}/{answer.Id}")).Ok().Text);
    }

    [Theory]
    [InlineData("""{"type":"text","text":"plain"}""", """{"type":"text","text":{"value":"plain","annotations":[]}}""")]
    [InlineData(
        """{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}""",
        """{"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"auto"}}""")]
    [InlineData(
        """{"image_url":{"detail":"low","url":"https://example.com/a.png"},"type":"image_url"}""",
        """{"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"low"}}""")]
    [InlineData(
        """{"type":"image_file","image_file":{"file_id":"file-1"}}""",
        """{"type":"image_file","image_file":{"file_id":"file-1","detail":"auto"}}""")]
    [InlineData(
        """{"type":"image_file","image_file":{"file_id":"file-1","detail":"high"}}""",
        """{"type":"image_file","image_file":{"file_id":"file-1","detail":"high"}}""")]
    public async Task Part_IsShownInItsFullForm(string sent, string shown)
    {
        var answer = await _caller.PostAsync(Messages, $$"""{"content":[{{sent}},{"type":"text","text":"b"}],"role":"user"}""");

        Assert.Equal($$$"""[{{{shown}}},{"type":"text","text":{"value":"b","annotations":[]}}]""", answer.Ok()["content"]);
    }

    [Fact]
    public async Task Attachments_AreEchoedInOrder()
    {
        const string Attachments =
            """[{"file_id":"file-1","tools":[]},{"file_id":"file-1","tools":[{"type":"code_interpreter"}]},{"file_id":"file-0"}]""";

        var answer = await _caller.PostAsync(Messages, $$"""{"metadata":{"k":"v"},"role":"user","content":"a","attachments":{{Attachments}}}""");

        Assert.Equal((Attachments, """{"k":"v"}"""), (answer.Ok()["attachments"], answer["metadata"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\\u0000 and \\ud83c\\udf0a")]
    public async Task UnusualText_IsKept(string text)
    {
        var answer = await _caller.PostAsync(Messages, $$"""{"role":"user","content":"{{text}}"}""");

        var kept = (await _caller.GetAsync($"{Messages}/{answer.Ok().Id}")).Json.GetProperty("content")[0].GetProperty("text").GetProperty("value").GetString();
        Assert.Equal(System.Text.RegularExpressions.Regex.Unescape(text), kept);
    }

    [Theory]
    [InlineData("""{"content":"x","role":"system"}""", "Invalid value: 'system'. Supported values are: 'user' and 'assistant'.", "role", "invalid_value")]
    [InlineData("""{"content":"x"}""", "Missing required parameter: 'role'.", "role", "missing_required_parameter")]
    [InlineData("""{"role":"user"}""", "Missing required parameter: 'content'.", "content", "missing_required_parameter")]
    [InlineData("""{"role":"user","content":null}""", "Invalid type for 'content': expected one of a string or array of objects, but got null instead.", "content", "invalid_type")]
    [InlineData("""{"role":"user","content":7}""", "Invalid type for 'content': expected one of a string or array of objects, but got an integer instead.", "content", "invalid_type")]
    [InlineData("""{"role":"user","content":[]}""", "Invalid 'content': array too short. Expected an array with minimum length 1, but got an array with length 0 instead.", "content", "array_below_min_length")]
    [InlineData("""{"role":"user","content":["x"]}""", "Invalid type for 'content[0]': expected an object, but got a string instead.", "content[0]", "invalid_type")]
    [InlineData("""{"role":"user","content":[{"text":"x"}]}""", "Missing required parameter: 'content[0].type'.", "content[0].type", "missing_required_parameter")]
    [InlineData("""{"role":"user","content":[{"type":"text","text":"x"},{"type":"sound"}]}""", "Invalid value: 'sound'. Supported values are: 'text', 'image_url', and 'image_file'.", "content[1].type", "invalid_value")]
    [InlineData("""{"role":"user","content":[{"type":"text","text":{"value":"x"}}]}""", "Invalid type for 'content[0].text': expected a string, but got an object instead.", "content[0].text", "invalid_type")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"u","detail":"some"}}]}""", "Invalid value: 'some'. Supported values are: 'auto', 'low', and 'high'.", "content[0].image_url.detail", "invalid_value")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{}}]}""", "Missing required parameter: 'content[0].image_url.url'.", "content[0].image_url.url", "missing_required_parameter")]
    [InlineData("""{"role":"user","content":"x","file_ids":[]}""", "Unknown parameter: 'file_ids'.", "file_ids", "unknown_parameter")]
    [InlineData("""{"role":"user","content":"x","attachments":[{"tools":[{"type":"retrieval"}]}]}""", "Invalid value: 'retrieval'. Supported values are: 'code_interpreter' and 'file_search'.", "attachments[0].tools[0].type", "invalid_value")]
    public async Task BadMessage_IsRefused(string body, string message, string param, string code)
    {
        var answer = await _caller.PostAsync(Messages, body);

        answer.AssertError(400, message, param, code);
        Assert.Empty((await _caller.GetAsync(Messages)).Ids);
    }

    [Theory]
    [InlineData(256_000)]
    [InlineData(256_001)]
    public async Task TextUpTo256000Characters_IsTaken(int length)
    {
        var text = new string('x', length);

        var plain = await _caller.PostAsync(Messages, $$"""{"role":"user","content":"{{text}}"}""");
        var part = await _caller.PostAsync(Messages, $$"""{"role":"user","content":[{"type":"text","text":"{{text}}"}]}""");

        if (length <= 256_000)
        {
            plain.Ok();
            part.Ok();
        }
        else
        {
            plain.AssertError(400, "Invalid 'content': string too long. Expected a string with maximum length 256000, but got a string with length 256001 instead.", "content", "string_above_max_length");
            part.AssertError(400, "Invalid 'content[0].text': string too long. Expected a string with maximum length 256000, but got a string with length 256001 instead.", "content[0].text", "string_above_max_length");
        }
    }

    [Fact]
    public async Task Modify_ChangesMetadataOnly()
    {
        var created = await _caller.PostAsync(Messages, """{"role":"user","content":"x","metadata":{"a":"1","b":"2"}}""");
        var path = $"{Messages}/{created.Ok().Id}";

        var kept = await _caller.PostAsync(path, "{}");
        var replaced = await _caller.PostAsync(path, """{"metadata":{"a":"3"}}""");
        var reset = await _caller.PostAsync(path, """{"metadata":null}""");
        var refused = await _caller.PostAsync(path, """{"content":"y"}""");

        Assert.Equal(created.Text, kept.Ok().Text);
        Assert.Equal(created.Text.Replace("""{"a":"1","b":"2"}""", """{"a":"3"}""", StringComparison.Ordinal), replaced.Ok().Text);
        Assert.Equal("{}", reset.Ok()["metadata"]);
        refused.AssertError(400, "Unknown parameter: 'content'.", "content", "unknown_parameter");
    }

    [Fact]
    public async Task Deleted_IsNotFoundAnyMore()
    {
        var kept = await _caller.CreateMessageAsync(_threadId);
        var id = await _caller.CreateMessageAsync(_threadId);

        var deleted = await _caller.DeleteAsync($"{Messages}/{id}");

        Assert.Equal($$"""{"id":"{{id}}","object":"thread.message.deleted","deleted":true}""", deleted.Ok().Text);
        (await _caller.GetAsync($"{Messages}/{id}")).AssertError(404, $"No message found with id '{id}'.");
        (await _caller.PostAsync($"{Messages}/{id}", "{}")).AssertError(404, $"No message found with id '{id}'.");
        (await _caller.DeleteAsync($"{Messages}/{id}")).AssertError(404, $"No message found with id '{id}'.");
        Assert.Equal([kept], (await _caller.GetAsync(Messages)).Ids);
    }

    [Fact]
    public async Task MessageOfAnotherThread_IsNotFound()
    {
        var id = await _caller.CreateMessageAsync(_threadId);
        var other = await _caller.CreateThreadAsync();

        (await _caller.GetAsync($"/threads/{other}/messages/{id}")).AssertError(404, $"No message found with id '{id}'.");
        (await _caller.PostAsync($"/threads/{other}/messages/{id}", "{}")).AssertError(404, $"No message found with id '{id}'.");
        (await _caller.DeleteAsync($"/threads/{other}/messages/{id}")).AssertError(404, $"No message found with id '{id}'.");
        (await _caller.GetAsync($"{Messages}/{id}")).Ok();
    }
}
