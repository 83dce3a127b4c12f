using AssistantsMcp.Measure.Targets;

namespace AssistantsMcp.Measure.Load;

/// <summary>Something to put under load: a server, ready requests, and what it has to answer.</summary>
/// <param name="Name">How tables call it.</param>
/// <param name="Process">The server.</param>
/// <param name="Connect">The way to it of the caller with a number.</param>
/// <param name="Requests">One for each caller in turn.</param>
/// <param name="Answers">What every answer to a request is compared with.</param>
internal sealed record Target(
    string Name, MeasuredProcess Process, Func<int, IConnection> Connect, IReadOnlyList<byte[]> Requests, IReadOnlyList<Answer> Answers)
{
    /// <summary>Asks once over HTTP with each request, and has the answers examined.</summary>
    /// <param name="name">How tables call it.</param>
    /// <param name="server">The process.</param>
    /// <param name="requests">One for each caller in turn.</param>
    /// <param name="isRight">Whether the body is what the server has to answer.</param>
    /// <param name="isNew">Whether each answer shows a new object.</param>
    /// <exception cref="WrongAnswerException">It is not.</exception>
    public static Task<Target> ExamineAsync(
        string name, ServerProcess server, IReadOnlyList<byte[]> requests, Func<string, bool> isRight, bool isNew = false) =>
        ExamineAsync(name, server, _ => new HttpConnection(server.Address), requests, isRight, isNew);

    /// <inheritdoc cref="ExamineAsync(string, ServerProcess, IReadOnlyList{byte[]}, Func{string, bool}, bool)"/>
    /// <summary>Asks once with each request, and has the answers examined.</summary>
    public static async Task<Target> ExamineAsync(
        string name, MeasuredProcess process, Func<int, IConnection> connect, IReadOnlyList<byte[]> requests, Func<string, bool> isRight, bool isNew = false)
    {
        var answers = new List<Answer>();
        for (var number = 0; number < requests.Count; number++)
        {
            using var connection = connect(number);
            await connection.ConnectAsync();
            var status = await connection.ExchangeAsync(requests[number]).AsTask().OrSilentAsync(name);
            var answer = new Answer(connection.Body, isNew);
            answers.Add(status == 200 && isRight(answer.Text) ? answer : throw new WrongAnswerException($"{name} answered {status} {answer.Text}"));
        }

        return new Target(name, process, connect, requests, answers);
    }
}
