namespace AssistantsMcp.Tests.Api.Traces;

/// <summary>One file of exchanges with the API, which read as its documentation and are replayed as its test. README.md tells how they are written.</summary>
internal static class Trace
{
    public static IEnumerable<Exchange> Parse(string text) =>
        text.ReplaceLineEndings("\n").Split("\n### ").Skip(1).Select(part => ParseExchange(part.Split('\n')));

    private static Exchange ParseExchange(string[] lines)
    {
        var rest = new Queue<string>(lines[1..]);
        var directives = new List<(string Name, string Value)>();
        while (rest.Peek() is var line && (line.Length == 0 || line[0] is '#' or '@'))
        {
            rest.Dequeue();
            if (line.StartsWith('@'))
            {
                directives.Add(Pair(line[1..], ' '));
            }
        }

        var (method, path) = Pair(rest.Dequeue(), ' ');
        var headers = Headers(rest);
        var body = new List<string>();
        while (!rest.Peek().StartsWith("HTTP ", StringComparison.Ordinal))
        {
            body.Add(rest.Dequeue());
        }

        var status = int.Parse(rest.Dequeue()[5..], null);
        return new Exchange(
            lines[0], directives, new HttpMethod(method), path, headers, string.Join('\n', body).Trim(), status, Headers(rest), string.Join('\n', rest).Trim());
    }

    private static List<(string Name, string Value)> Headers(Queue<string> lines)
    {
        var headers = new List<(string, string)>();
        while (lines.TryPeek(out var line) && line.Contains(':', StringComparison.Ordinal) && line[0] is not ('{' or 'e'))
        {
            headers.Add(Pair(lines.Dequeue(), ':'));
        }

        return headers;
    }

    private static (string Name, string Value) Pair(string line, char separator) =>
        line.IndexOf(separator, StringComparison.Ordinal) is var end && end < 0 ? (line, "") : (line[..end], line[(end + 1)..].Trim());
}

/// <summary>A request and its answer.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Directives">What else happens: the model's answers, the clock, waiting.</param>
/// <param name="Method">Of the request.</param>
/// <param name="Path">Of the request, with placeholders.</param>
/// <param name="Headers">Of the request, beside those that every request has.</param>
/// <param name="Body">Of the request, with placeholders; empty for none.</param>
/// <param name="Status">Of the answer.</param>
/// <param name="AnswerHeaders">Those of the answer that matter.</param>
/// <param name="Answer">The body of the answer, with placeholders: JSON, or events.</param>
internal sealed record Exchange(
    string Title,
    IReadOnlyList<(string Name, string Value)> Directives,
    HttpMethod Method,
    string Path,
    IReadOnlyList<(string Name, string Value)> Headers,
    string Body,
    int Status,
    IReadOnlyList<(string Name, string Value)> AnswerHeaders,
    string Answer);
