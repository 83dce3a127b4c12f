using System.Text.Json;

namespace AssistantsMcp.Faults.Load;

/// <summary>Comes with one question, in a thread of its own, and goes with the answer.</summary>
internal sealed class Visitor(Client client, string assistant, string marker)
{
    private JsonElement _run;

    public string Request =>
        $$$"""{"assistant_id":"{{{assistant}}}","metadata":{"marker":"{{{marker}}}"},"thread":{"messages":[{"role":"user","content":"{{{marker}}}"}]}}""";

    public string StreamRequest => $"{Request[..^1]},\"stream\":true}}";

    public string? ErrorCode => _run.GetProperty("last_error").GetProperty("code").GetString();

    public string? Status => _run.GetProperty("status").GetString();

    private string Thread => _run.GetProperty("thread_id").GetString()!;

    /// <summary>Whether the run was accepted.</summary>
    public bool Accept(Recording.ClientCall call)
    {
        _run = call.IsOk ? call.Answer!.Value : default;
        return call.IsOk;
    }

    public void Accept(JsonElement run) => _run = run;

    /// <summary>Waits until the run has ended, and looks at all that came of it.</summary>
    public async Task StayAsync(TimeSpan? between = null)
    {
        var path = $"/v1/threads/{Thread}/runs/{_run.GetProperty("id").GetString()}";
        while (Status is "queued" or "in_progress" or "cancelling")
        {
            await Task.Delay(between ?? TimeSpan.FromMilliseconds(100));
            _run = await client.ReadAsync(path);
        }

        await client.ListAsync($"/v1/threads/{Thread}/messages");
        await client.ListAsync($"/v1/threads/{Thread}/runs");
        await client.ListAsync($"{path}/steps");
    }

    public static async Task<string> NewAssistantAsync(Client client)
    {
        var assistant = (await client.MakeAsync("/v1/assistants", _ => """{"model":"m"}""")).GetProperty("id").GetString()!;
        await client.ReadAsync($"/v1/assistants/{assistant}");
        return assistant;
    }
}
