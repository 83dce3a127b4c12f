using AssistantsMcp.Measure.Targets;

namespace AssistantsMcp.Measure.Load;

/// <summary>Something to put under load: a server, ready requests, and what it has to answer.</summary>
/// <param name="Name">How tables call it.</param>
/// <param name="Server">The process.</param>
/// <param name="Requests">One for each caller in turn.</param>
/// <param name="Answer">What every answer is compared with.</param>
internal sealed record Target(string Name, ServerProcess Server, IReadOnlyList<byte[]> Requests, Answer Answer)
{
    /// <summary>Asks once, and has the answer examined.</summary>
    /// <param name="name">How tables call it.</param>
    /// <param name="server">The process.</param>
    /// <param name="requests">One for each caller in turn.</param>
    /// <param name="isRight">Whether the body is what the server has to answer.</param>
    /// <param name="isNew">Whether each answer shows a new object.</param>
    /// <exception cref="WrongAnswerException">It is not.</exception>
    public static async Task<Target> ExamineAsync(
        string name, ServerProcess server, IReadOnlyList<byte[]> requests, Func<string, bool> isRight, bool isNew = false)
    {
        using var connection = new HttpConnection();
        await connection.ConnectAsync(server.Address);
        var status = await connection.ExchangeAsync(requests[0]);
        var answer = new Answer(connection.Body, isNew);
        return status == 200 && isRight(answer.Text)
            ? new Target(name, server, requests, answer)
            : throw new WrongAnswerException($"{name} answered {status} {answer.Text}");
    }
}
