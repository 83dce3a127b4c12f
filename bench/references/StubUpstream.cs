using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace AssistantsMcp.References;

/// <summary>
/// The server behind the servers: one assistant under any id, a list of models, and answers whose model's name says how
/// they come: <c>deltas-200-5</c> is 200 deltas, 5 milliseconds apart. A delta's text is the moment when it was sent, in
/// ticks of the machine's monotonic clock, between <c>@</c> and <c>;</c>.
/// </summary>
internal static class StubUpstream
{
    private const string Item = """{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[]}""";

    /// <param name="app">Setting: <c>--body FILE</c>, the assistant.</param>
    public static void MapStubUpstream(this WebApplication app)
    {
        var assistant = app.Configuration["body"] is { } file ? File.ReadAllBytes(file) : "{}"u8.ToArray();
        app.MapGet("/v1/assistants/{id}", context => WriteAsync(context, assistant));
        app.MapGet("/v1/models", context => WriteAsync(context, """{"object":"list","data":[]}"""u8.ToArray()));
        app.MapPost("/v1/responses", StreamAsync);
    }

    private static async Task WriteAsync(HttpContext context, byte[] json)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        await context.Response.Body.WriteAsync(json, context.RequestAborted);
    }

    private static async Task StreamAsync(HttpContext context)
    {
        using var request = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var model = request.RootElement.GetProperty("model").GetString()!;
        var form = model.Split('-').Skip(1).Select(number => int.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        var (count, pace) = (form[0], TimeSpan.FromMilliseconds(form[1]));

        context.Response.ContentType = "text/event-stream";
        var number = 0;
        await SendAsync("response.created", $$""" "response":{"id":"resp_1","object":"response","status":"in_progress","output":[]}""");
        await SendAsync("response.output_item.added", $$""" "output_index":0,"item":{{Item.Replace("completed", "in_progress", StringComparison.Ordinal)}}""");
        await SendAsync("response.content_part.added", """ "item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}""");

        var text = new StringBuilder();
        for (var index = 0; index < count; index++)
        {
            if (pace > TimeSpan.Zero)
            {
                await Task.Delay(pace, context.RequestAborted);
            }

            var delta = string.Create(CultureInfo.InvariantCulture, $"@{Stopwatch.GetTimestamp():D19}; ");
            text.Append(delta);
            await SendAsync("response.output_text.delta", $$""" "item_id":"msg_1","output_index":0,"content_index":0,"delta":"{{delta}}","logprobs":[]""");
        }

        var part = $$"""{"type":"output_text","text":"{{text}}","annotations":[]}""";
        var item = Item.Replace("[]", $"[{part}]", StringComparison.Ordinal);
        await SendAsync("response.output_text.done", $$""" "item_id":"msg_1","output_index":0,"content_index":0,"text":"{{text}}","logprobs":[]""");
        await SendAsync("response.content_part.done", $$""" "item_id":"msg_1","output_index":0,"content_index":0,"part":{{part}}""");
        await SendAsync("response.output_item.done", $$""" "output_index":0,"item":{{item}}""");
        await SendAsync("response.completed", $$$""" "response":{"id":"resp_1","object":"response","status":"completed","model":"{{{model}}}","output":[{{{item}}}],"usage":{"input_tokens":5,"input_tokens_details":{"cached_tokens":0},"output_tokens":{{{count}}},"output_tokens_details":{"reasoning_tokens":0},"total_tokens":{{{count + 5}}}}}""");

        async Task SendAsync(string type, string fields)
        {
            await context.Response.WriteAsync($$"""
                event: {{type}}
                data: {"type":"{{type}}","sequence_number":{{number++}},{{fields}}}


                """, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }
}
