using System.Text;
using System.Text.Json;
using AssistantsMcp.Clients;
using OpenAI.Assistants;

namespace AssistantsMcp.Resources;

/// <summary>A run as Markdown: how it stands, what to do about it, and what it did.</summary>
internal static class RunReport
{
    /// <summary>What one call of a tool may cost; run-step-get returns it whole.</summary>
    private const int CallTokens = 600;

    public static async Task<string> ReadAsync(AssistantClient client, IReadOnlyDictionary<string, string> ids, CancellationToken cancellationToken)
    {
        var path = $"threads/{ids["thread_id"]}/runs/{ids["run_id"]}";
        var run = Write(await client.ReadAsync(path, cancellationToken));
        var head = ShortMarkdown.Cut(run, ShortMarkdown.MostTokens / 2);
        var cut = head.Length < run.Length ? "…\n\n(It is longer than this; run-get returns it whole.)\n" : "";
        var steps = client.ReadListAsync($"{path}/steps", "asc", after: null, cancellationToken);
        var shown = await Excerpt.TakeAsync(steps, WriteStep, ShortMarkdown.MostTokens / 2, "run-step-get");
        var more = shown.HasMore ? $"\nMore follow: run-step-list with order asc and after {shown.LastId}.\n" : "";
        return $"{head}{cut}\n## Steps, oldest first\n\n{string.Concat(shown.Entries)}{more}";
    }

    private static string Write(JsonElement run)
    {
        var report = new StringBuilder($"# Run {run.Text("id")}: {run.Text("status")}\n\n{WhatNow(run)}\n\n## Details\n\n");
        Add("Thread", run.Text("thread_id"));
        Add("Assistant", run.Text("assistant_id"));
        Add("Model", run.Text("model"));
        foreach (var moment in new[] { "created_at", "started_at", "expires_at", "cancelled_at", "failed_at", "completed_at" })
        {
            Add(moment, ShortMarkdown.Moment(run.Field(moment)));
        }

        Add("last_error", Json("last_error"));
        Add("incomplete_details", Json("incomplete_details"));
        Add("usage", Json("usage"));
        if (Calls(run.Field("required_action").Field("submit_tool_outputs"), indent: "") is { Length: > 0 } pending)
        {
            report.Append($"\n## Pending calls\n\n{pending}");
        }

        return report.ToString();

        string? Json(string name) => run.Field(name) is { } value ? ShortMarkdown.Json(value, CallTokens) : null;

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                report.Append($"- {name}: {value}\n");
            }
        }
    }

    private static string WhatNow(JsonElement run) => run.Text("status") switch
    {
        "requires_action" => "It waits for the outputs of the calls below. Hand them in all at once with run-submit-tool-outputs.",
        "queued" or "in_progress" or "cancelling" => "It is under way. run-get with wait_seconds waits for it, run-cancel stops it.",
        "completed" => "It is done. message-list with its run_id returns what it wrote.",
        "failed" => "It failed; last_error says why. When the cause is removed, run-create starts another run on the thread.",
        "incomplete" => "It stopped at a limit; what it wrote stays in the thread. run-create with a higher limit lets the assistant go on.",
        "expired" => "Its time ran out, often because outputs of its calls never came. run-create starts another run on the thread.",
        _ => "It is over. run-create starts another run on the thread.",
    };

    private static string WriteStep(JsonElement step)
    {
        var details = step.Field("step_details");
        var message = details.Field("message_creation")?.Text("message_id");
        var tokens = step.Field("usage").Field("total_tokens") is { } total ? $", {total} tokens" : "";
        var error = step.Field("last_error") is { } failure ? $", last_error {ShortMarkdown.Json(failure, CallTokens)}" : "";
        return $"- {step.Text("type")}{(message is null ? "" : $" of {message}")}: {step.Text("status")}{tokens}{error} ({step.Text("id")})\n{Calls(details, indent: "  ")}";
    }

    private static string Calls(JsonElement? holder, string indent) =>
        string.Concat(holder.List("tool_calls").Select(call => $"{indent}- {ShortMarkdown.Json(call, CallTokens)}\n"));
}
