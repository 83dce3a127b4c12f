using System.Buffers;
using System.Text.Json;

namespace AssistantsMcp.Transport;

/// <summary>
/// Standard input and output of a server that may be driven by a pipe: <c>echo … | AssistantsMcp stdio</c>. The SDK
/// drops the answers in flight when the input ends, so its end is told only when every request has its answer.
/// </summary>
/// <param name="input">Where requests come from, one to a line.</param>
/// <param name="output">Where answers go, one to a line.</param>
/// <param name="patience">How long the end of the input is held back at the most.</param>
internal sealed class PipedStreams(Stream input, Stream output, TimeSpan patience)
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open;
    private bool _ended;

    public Stream Input => new CountedInput(input, this);

    public Stream Output => new CountedOutput(output, this);

    private void Count(JsonRpcLine line)
    {
        lock (_lock)
        {
            _open += line switch
            {
                JsonRpcLine.Request => 1,
                JsonRpcLine.Response => -1,
                _ => 0,
            };
            if (_ended && _open <= 0)
            {
                _answered.TrySetResult();
            }
        }
    }

    private Task AllAnsweredAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _ended = true;
            return _open <= 0 ? Task.CompletedTask : Task.WhenAny(_answered.Task, Task.Delay(patience, cancellationToken));
        }
    }

    private enum JsonRpcLine
    {
        Other,
        Request,
        Response,
    }

    /// <summary>Cuts bytes into lines and tells what each line is.</summary>
    private sealed class LineCounter(PipedStreams streams)
    {
        private readonly ArrayBufferWriter<byte> _line = new();

        public void Add(ReadOnlySpan<byte> bytes)
        {
            while (bytes.IndexOf((byte)'\n') is >= 0 and var end)
            {
                _line.Write(bytes[..end]);
                CountLine();
                bytes = bytes[(end + 1)..];
            }

            _line.Write(bytes);
        }

        /// <summary>Counts a last line that no line feed ends; false when there is none.</summary>
        public bool AddRest() => _line.WrittenCount > 0 && CountLine();

        private bool CountLine()
        {
            streams.Count(KindOf(_line.WrittenSpan));
            _line.ResetWrittenCount();
            return true;
        }

        private static JsonRpcLine KindOf(ReadOnlySpan<byte> line)
        {
            var (hasId, hasMethod) = (false, false);
            try
            {
                var reader = new Utf8JsonReader(line);
                if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                {
                    return JsonRpcLine.Other;
                }

                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    hasId |= reader.ValueTextEquals("id"u8);
                    hasMethod |= reader.ValueTextEquals("method"u8);
                    reader.Skip();
                }
            }
            catch (JsonException)
            {
                return JsonRpcLine.Other;
            }

            return !hasId ? JsonRpcLine.Other : hasMethod ? JsonRpcLine.Request : JsonRpcLine.Response;
        }
    }

    private sealed class CountedInput(Stream input, PipedStreams streams) : OneWayStream
    {
        private readonly LineCounter _lines = new(streams);

        public override bool CanRead => true;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            // A read from standard input cannot be cancelled; it is left behind when the process stops.
            var read = await input.ReadAsync(buffer, CancellationToken.None).AsTask().WaitAsync(cancellationToken);
            if (read > 0)
            {
                _lines.Add(buffer.Span[..read]);
            }
            else if (!_lines.AddRest())
            {
                // A last line without a line feed is handed on first; its reader then asks once more.
                await streams.AllAnsweredAsync(cancellationToken);
            }

            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) =>
            ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();
    }

    private sealed class CountedOutput(Stream output, PipedStreams streams) : OneWayStream
    {
        private readonly LineCounter _lines = new(streams);

        public override bool CanWrite => true;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await output.WriteAsync(buffer, cancellationToken);
            await output.FlushAsync(cancellationToken);
            _lines.Add(buffer.Span);
        }

        public override void Write(byte[] buffer, int offset, int count) =>
            WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

        public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

        public override void Flush() => output.Flush();
    }
}
