namespace AssistantsMcp.Tests.Tools;

public sealed class ArgumentTests : IAsyncLifetime
{
    private readonly StubServer _server = new();

    private TestApp _app = null!;

    public async Task InitializeAsync() => _app = await TestApp.StartAsync(_server.Endpoint);

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        _server.Dispose();
    }

    [Theory]
    [InlineData("assistant-get", """{}""", "Missing required parameter: 'assistant_id'.")]
    [InlineData("message-create", """{"thread_id":"thread_1"}""", "Missing required parameter: 'content'.")]
    [InlineData("run-create", """{"thread_id":"thread_1"}""", "Missing required parameter: 'assistant_id'.")]
    [InlineData("run-create", """{"thread_id":"thread_1","assistant_id":"a/b"}""", "Invalid 'assistant_id': expected an id made of letters, digits, '_' and '-' only.")]
    [InlineData("assistant-get", """{"assistant_id":null}""", "Invalid type for 'assistant_id': expected a string, but got null instead.")]
    [InlineData("assistant-get", """{"assistant_id":".."}""", "Invalid 'assistant_id': expected an id made of letters, digits, '_' and '-' only.")]
    [InlineData("assistant-get", """{"assistant_id":"asst_1\n"}""", "Invalid 'assistant_id': expected an id made of letters, digits, '_' and '-' only.")]
    [InlineData("run-get", """{"thread_id":"..","run_id":"run_1"}""", "Invalid 'thread_id': expected an id made of letters, digits, '_' and '-' only.")]
    [InlineData("assistant-get", """{"assistant_id":"asst_1","verbose":true}""", "Unknown parameter: 'verbose'. The tool's arguments are: assistant_id, detail.")]
    [InlineData("run-list", """{"thread_id":"thread_1","page":2}""", "Unknown parameter: 'page'. The tool's arguments are: thread_id, limit, order, after, before, detail.")]
    [InlineData("run-create", """{"thread_id":"thread_1","assistant_id":"asst_1","stream":true}""", "Unknown parameter: 'stream'.")]
    [InlineData("assistant-list", """{"limit":"5"}""", "Invalid type for 'limit': expected an integer, but got a string instead.")]
    [InlineData("assistant-list", """{"limit":101}""", "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 101 instead.")]
    [InlineData("assistant-list", """{"order":"ASC"}""", "'order': Invalid value: 'ASC'. Supported values are: 'asc' and 'desc'.")]
    [InlineData("assistant-create", """{"tools":[{"type":"retrieval"}]}""", "'tools[0].type': Invalid value: 'retrieval'. Supported values are: 'code_interpreter', 'function', and 'file_search'.")]
    [InlineData("assistant-create", """{"tools":[{"type":"function","function":{}}]}""", "Missing required parameter: 'tools[0].function.name'.")]
    [InlineData("assistant-create", """{"metadata":{"a":1}}""", "Invalid type for 'metadata.a': expected a string, but got an integer instead.")]
    public async Task ArgumentThatDoesNotFit_IsNamedAndNothingIsSent(string tool, string arguments, string text)
    {
        var answer = await _app.CallAsync(tool, arguments);

        Assert.True(answer.IsError);
        Assert.StartsWith(text, answer.Text, StringComparison.Ordinal);
        Assert.Empty(_server.Requests);
    }
}
