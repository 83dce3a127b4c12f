using System.Diagnostics;
using AssistantsMcp.Measure.Targets;

namespace AssistantsMcp.Measure.Load;

/// <summary>A server that streams deltas of the stub upstream to its callers.</summary>
/// <param name="Name">How tables call it.</param>
/// <param name="Server">The process.</param>
/// <param name="Request">What asks for a stream.</param>
/// <param name="Deltas">How many it has.</param>
/// <param name="LastEvent">What it holds when it went well.</param>
internal sealed record StreamTarget(string Name, ServerProcess Server, byte[] Request, int Deltas, string LastEvent)
{
    /// <summary>So many streams side by side, once each.</summary>
    /// <param name="streams">How many.</param>
    /// <param name="apart">How long after the one before it each begins.</param>
    /// <exception cref="WrongAnswerException">A stream is not whole, or does not come.</exception>
    public async Task<IReadOnlyList<DeltaStream>> ReadAsync(int streams, TimeSpan apart)
    {
        var all = Enumerable.Range(0, streams).Select(_ => new DeltaStream(this)).ToList();
        await Task.WhenAll(all.Select(async (stream, number) =>
        {
            await Task.Delay(number * apart);
            using var connection = new HttpConnection(Server.Address);
            await connection.ConnectAsync();
            await stream.ReadAsync(connection);
        })).OrSilentAsync(Name);
        return all;
    }

    /// <summary>So many callers that each read one stream after the other.</summary>
    /// <returns>Streams a second, and the server's processor time for each in microseconds.</returns>
    /// <exception cref="WrongAnswerException">A stream is not whole, or does not come.</exception>
    public async Task<(double Rate, double Processor)> LoadAsync(int callers, TimeSpan duration)
    {
        var (processor, started, count) = (Server.ProcessorTime, Stopwatch.GetTimestamp(), 0);
        await Task.WhenAll(Enumerable.Range(0, callers).Select(async _ =>
        {
            using var connection = new HttpConnection(Server.Address);
            await connection.ConnectAsync();
            while (Stopwatch.GetElapsedTime(started) < duration)
            {
                await new DeltaStream(this).ReadAsync(connection);
                Interlocked.Increment(ref count);
            }
        })).OrSilentAsync(Name, duration);
        return (count / Stopwatch.GetElapsedTime(started).TotalSeconds, (Server.ProcessorTime - processor).TotalMicroseconds / count);
    }
}
