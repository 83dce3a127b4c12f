namespace AssistantsMcp.Tests.Tools;

/// <summary>Tool calls that are made again with the same <c>idempotency_key</c>.</summary>
public sealed class RepeatedCallTests : IAsyncLifetime
{
    private const string Canary = "canary-5bY1-order-66";

    private RunApp _app = null!;

    public async Task InitializeAsync() => _app = await RunApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("assistant-create", """{"model":"m"}""")]
    [InlineData("thread-create", "{}")]
    [InlineData("message-create", """{"thread_id":"THREAD","content":"Hi"}""")]
    [InlineData("run-create", """{"thread_id":"THREAD","assistant_id":"ASSISTANT"}""")]
    public async Task RepeatedToolCall_ReturnsTheFirstResult(string tool, string arguments)
    {
        _app.Model.Always(reply => reply.HangAsync());
        arguments = arguments
            .Replace("THREAD", await _app.As().NewThreadAsync("Hello"), StringComparison.Ordinal)
            .Replace("ASSISTANT", await _app.As().NewAssistantAsync(), StringComparison.Ordinal);
        var keyed = $"{arguments[..^1]}{(arguments == "{}" ? "" : ",")}\"idempotency_key\":\"k\"}}";

        var first = await _app.App.CallAsync(tool, keyed);
        var again = await _app.App.CallAsync(tool, keyed);
        var other = await _app.App.CallAsync(tool, keyed.Replace("}", ",\"metadata\":{\"a\":\"b\"}}", StringComparison.Ordinal));

        Assert.False(first.IsError, first.Text);
        Assert.Equal(first.Text, again.Text);
        Assert.True(other.IsError);
        Assert.StartsWith("This 'Idempotency-Key' was used for another request", other.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MalformedKeyOfATool_IsRefused()
    {
        var empty = await _app.App.CallAsync("thread-create", """{"idempotency_key":""}""");
        var odd = await _app.App.CallAsync("thread-create", """{"idempotency_key":"a\nb"}""");
        var onAnother = await _app.App.CallAsync("assistant-list", """{"idempotency_key":"k"}""");

        Assert.Equal("Invalid 'idempotency_key': expected 1 to 255 printable ASCII characters.", empty.Text);
        Assert.Equal(empty.Text, odd.Text);
        Assert.StartsWith("Unknown parameter: 'idempotency_key'.", onAnother.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_IsNowhereInLogsOrFiles()
    {
        var made = await _app.App.CallAsync("thread-create", $$"""{"idempotency_key":"{{Canary}}"}""");

        Assert.False(made.IsError, made.Text);
        Assert.DoesNotContain(_app.App.Log.Lines, line => line.Contains(Canary, StringComparison.Ordinal));
        Assert.DoesNotContain(await _app.App.Database.DumpAsync(), file => file.Contains(Canary, StringComparison.Ordinal));
    }
}
