using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Text.Json;

namespace AssistantsMcp.Measure.Targets;

/// <summary>An MCP server over standard input and output. Callers share it; answers find them by their ids.</summary>
internal sealed class StdioProcess : MeasuredProcess
{
    private readonly ConcurrentDictionary<long, TaskCompletionSource<byte[]>> _waiting = new();
    private readonly Stream _input;

    private StdioProcess(Process process)
        : base(process)
    {
        _input = process.StandardInput.BaseStream;
        _ = ReadAsync(process.StandardOutput.BaseStream);
    }

    public static StdioProcess Start(Launch launch)
    {
        var start = launch.Through("2> /dev/null");
        (start.RedirectStandardInput, start.RedirectStandardOutput) = (true, true);
        return new StdioProcess(Process.Start(start)!);
    }

    /// <summary>Sends a request, a line with its line break, and waits for the answer with its id.</summary>
    public Task<byte[]> AskAsync(long id, ReadOnlyMemory<byte> request)
    {
        // Continues on the thread that reads, which has nothing better to do: the next request is sent from there.
        var answer = new TaskCompletionSource<byte[]>();
        _waiting[id] = answer;
        Send(request);
        return answer.Task;
    }

    /// <summary>Sends a line.</summary>
    public void Send(ReadOnlyMemory<byte> line)
    {
        lock (_input)
        {
            _input.Write(line.Span);
            _input.Flush();
        }
    }

    private async Task ReadAsync(Stream output)
    {
        var reader = PipeReader.Create(output, new StreamPipeReaderOptions(bufferSize: 64 * 1024));
        while (true)
        {
            var result = await reader.ReadAsync();
            var buffer = result.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                Hand(buffer.Slice(0, end).ToArray());
                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                break;
            }
        }

        foreach (var answer in _waiting.Values)
        {
            answer.TrySetException(new Load.WrongAnswerException("the server closed its standard output"));
        }
    }

    private void Hand(byte[] line)
    {
        if (IdOf(line) is { } id && _waiting.TryRemove(id, out var answer))
        {
            answer.SetResult(line);
        }
    }

    /// <summary>The id of an answer; null for lines that are none.</summary>
    private static long? IdOf(byte[] line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("id"u8))
                {
                    return reader.Read() && reader.TokenType == JsonTokenType.Number ? reader.GetInt64() : null;
                }

                reader.Skip();
            }
        }
        catch (JsonException)
        {
            // Some servers print other things on standard output too.
        }

        return null;
    }
}
