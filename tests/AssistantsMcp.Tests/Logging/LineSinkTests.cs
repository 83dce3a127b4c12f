using System.Text;
using AssistantsMcp.Logging;
using Serilog.Events;
using Serilog.Formatting.Display;
using Serilog.Parsing;

namespace AssistantsMcp.Tests.Logging;

public sealed class LineSinkTests
{
    private readonly WrittenLines _stream = new();

    [Fact]
    public async Task Line_GoesOutByItself()
    {
        using var sink = Sink();

        sink.Emit(Event(LogEventLevel.Information, "one"));

        await _stream.Written.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("one\n", _stream.Text);
    }

    [Fact]
    public void Warning_GoesOutAtOnceBehindWhatWaits()
    {
        using var sink = Sink();

        sink.Emit(Event(LogEventLevel.Information, "one"));
        sink.Emit(Event(LogEventLevel.Warning, "two"));

        Assert.Equal("one\ntwo\n", _stream.Text);
    }

    [Fact]
    public void LinesOfManyThreads_StayWholeAndAreAllThereAtTheEnd()
    {
        using (var sink = Sink())
        {
            Parallel.For(0, 10_000, number => sink.Emit(Event(LogEventLevel.Information, $"line {number} ends")));
        }

        var lines = _stream.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Enumerable.Range(0, 10_000).Select(number => $"line {number} ends").Order(), lines.Order());
    }

    [Fact]
    public void ReaderThatIsGone_DoesNotDisturbWhoLogs()
    {
        _stream.IsBroken = true;

        using var sink = Sink();
        sink.Emit(Event(LogEventLevel.Warning, "nobody reads this"));
        sink.Emit(Event(LogEventLevel.Information, "nor this"));
    }

    private LineSink Sink() => new(new MessageTemplateTextFormatter("{Message:lj}\n"), _stream);

    private static LogEvent Event(LogEventLevel level, string text) =>
        new(DateTimeOffset.UnixEpoch, level, exception: null, new MessageTemplateParser().Parse(text), []);

    private sealed class WrittenLines : MemoryStream
    {
        private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsBroken { get; set; }

        public Task Written => _written.Task;

        public string Text => Encoding.UTF8.GetString(ToArray());

        public override void Write(byte[] buffer, int offset, int count)
        {
            if (IsBroken)
            {
                throw new IOException("Broken pipe");
            }

            base.Write(buffer, offset, count);
            _written.TrySetResult();
        }
    }
}
