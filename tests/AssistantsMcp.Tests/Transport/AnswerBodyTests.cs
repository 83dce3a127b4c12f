using System.Text;
using AssistantsMcp.Transport;
using Microsoft.AspNetCore.Http;

namespace AssistantsMcp.Tests.Transport;

/// <summary>What is left of an event stream for a reader of plain JSON.</summary>
public sealed class AnswerBodyTests
{
    private const string Notification = """{"jsonrpc":"2.0","method":"notifications/progress","params":{"result":1,"error":2}}""";

    private const string Answer = """{"result":{"a":"\n\n data: "},"id":1,"jsonrpc":"2.0"}""";

    private readonly DefaultHttpContext _context = new();
    private readonly MemoryStream _connection = new();

    private string Sent => Encoding.UTF8.GetString(_connection.ToArray());

    [Theory]
    [InlineData(Answer)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"No."}}""")]
    public async Task Answer_IsSentWithoutItsFraming(string answer)
    {
        await WriteAsync("text/event-stream", $"event: message\ndata: {answer}\n\n");

        Assert.Equal(answer, Sent);
        Assert.Equal("application/json", _context.Response.ContentType);
        Assert.Equal(Encoding.UTF8.GetByteCount(answer), _context.Response.ContentLength);
    }

    [Fact]
    public async Task Notifications_AreDropped()
    {
        await WriteAsync("text/event-stream", $"event: message\ndata: {Notification}\n\n", $"event: message\ndata: {Answer}\n\n");

        Assert.Equal(Answer, Sent);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    public async Task EventsInPieces_ArePutTogether(int size)
    {
        var events = $"event: message\ndata: {Notification}\n\nevent: message\ndata: {Answer}\n\n";

        await WriteAsync("text/event-stream", [.. events.Chunk(size).Select(piece => new string(piece))]);

        Assert.Equal(Answer, Sent);
    }

    [Fact]
    public async Task OtherBodies_PassAsTheyAre()
    {
        await WriteAsync("application/json", "{\"a\":", "1}\n\n");

        Assert.Equal("{\"a\":1}\n\n", Sent);
    }

    private async Task WriteAsync(string contentType, params string[] pieces)
    {
        _context.Response.ContentType = contentType;
        await using var body = new AnswerBody(_context.Response, new StreamResponseBodyFeature(_connection));
        foreach (var piece in pieces)
        {
            await body.WriteAsync(Encoding.UTF8.GetBytes(piece));
            await body.FlushAsync();
        }
    }
}
