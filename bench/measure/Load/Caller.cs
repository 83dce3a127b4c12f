using System.Diagnostics;

namespace AssistantsMcp.Measure.Load;

/// <summary>One of those who call at once: it asks again when its last answer is there and was compared.</summary>
internal sealed class Caller : IDisposable
{
    private readonly Target _target;
    private readonly IConnection _connection;
    private readonly byte[] _request;
    private readonly Answer _answer;

    public Caller(Target target, int number)
    {
        var place = number % target.Requests.Count;
        (_target, _connection, _request, _answer) = (target, target.Connect(place), target.Requests[place], target.Answers[place]);
    }

    /// <summary>How long each request took, in ticks of <see cref="Stopwatch"/>.</summary>
    public List<long> Latencies { get; } = new(capacity: 64 * 1024);

    public Task ConnectAsync() => _connection.ConnectAsync();

    /// <exception cref="WrongAnswerException">An answer was not the one that was examined.</exception>
    public async Task CallAsync(long until)
    {
        // Away from the thread that starts the callers: they all begin before the first of them is answered.
        await Task.Yield();
        for (var started = Stopwatch.GetTimestamp(); started < until;)
        {
            var status = await _connection.ExchangeAsync(_request);
            var answered = Stopwatch.GetTimestamp();
            if (status != 200 || !_answer.Matches(_connection.Body))
            {
                throw new WrongAnswerException($"{_target.Name} answered {status} {System.Text.Encoding.UTF8.GetString(_connection.Body)}");
            }

            Latencies.Add(answered - started);
            started = answered;
        }
    }

    public void Dispose() => _connection.Dispose();
}
