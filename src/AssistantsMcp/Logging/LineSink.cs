using System.Text;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace AssistantsMcp.Logging;

/// <summary>
/// Writes lines to a stream, those of a few milliseconds together: a write of its own for each line costs a server under
/// load more than making the line. Nobody waits for a warning or anything worse: it goes out at once, with what stands before it.
/// </summary>
internal sealed class LineSink : ILogEventSink, IDisposable
{
    private static readonly TimeSpan _delay = TimeSpan.FromMilliseconds(20);

    /// <summary>More than this is not kept back.</summary>
    private const int MostCharacters = 32 * 1024;

    private readonly ITextFormatter _formatter;
    private readonly StreamWriter _output;
    private readonly Timer _timer;
    private readonly Lock _lock = new();
    private bool _isWaiting;

    /// <param name="formatter">Makes a line of an event, with its end.</param>
    /// <param name="stream">Where the lines go.</param>
    public LineSink(ITextFormatter formatter, Stream stream)
    {
        _formatter = formatter;
        _output = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), MostCharacters) { AutoFlush = false };
        _timer = new Timer(_ => Flush());
    }

    public void Emit(LogEvent logEvent)
    {
        lock (_lock)
        {
            _formatter.Format(logEvent, _output);
            if (logEvent.Level >= LogEventLevel.Warning)
            {
                Write();
            }
            else if (!_isWaiting)
            {
                _isWaiting = _timer.Change(_delay, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        Flush();
    }

    private void Flush()
    {
        lock (_lock)
        {
            _isWaiting = false;
            Write();
        }
    }

    private void Write()
    {
        try
        {
            _output.Flush();
        }
        catch (IOException)
        {
            // Whoever read the lines is gone, or the disk is full. The server goes on without them.
        }
    }
}
