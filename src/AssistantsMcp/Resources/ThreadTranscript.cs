using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using AssistantsMcp.Clients;
using OpenAI.Assistants;

namespace AssistantsMcp.Resources;

/// <summary>A thread's messages as Markdown, oldest first, as many as a model can read at once.</summary>
internal static partial class ThreadTranscript
{
    public static async Task<string> ReadAsync(AssistantClient client, IReadOnlyDictionary<string, string> ids, CancellationToken cancellationToken)
    {
        var (thread, after) = (ids["thread_id"], ids.GetValueOrDefault("after"));
        var messages = client.ReadListAsync($"threads/{thread}/messages", "asc", after, cancellationToken);
        var shown = await Excerpt.TakeAsync(messages, Write, ShortMarkdown.MostTokens, "message-get");

        // What follows stands ahead of the messages, where no message can pretend to be it.
        var from = after is null ? "" : $" after {after}";
        var end = shown.HasMore ? $"more follow: read threads://{thread}/messages?after={shown.LastId}" : "no more follow";
        var head = string.Create(CultureInfo.InvariantCulture, $"# Thread {thread}\n\nMessages{from}, oldest first: {shown.Entries.Count}; {end}.\n");
        return string.Join('\n', [head, .. shown.Entries]);
    }

    private static string Write(JsonElement message)
    {
        var status = message.Text("status") is { } known and not "completed" ? $", {known}" : "";
        var entry = new StringBuilder($"## {message.Text("role")}, {ShortMarkdown.Moment(message.Field("created_at"))}, {message.Text("id")}{status}\n");
        foreach (var part in ((JsonElement?)message).List("content"))
        {
            entry.Append('\n').Append(Heading().Replace(Write(part.Text("type"), part), @"$1\$2")).Append('\n');
        }

        var attached = ((JsonElement?)message).List("attachments").Select(attachment => attachment.Text("file_id")).ToList();
        return attached.Count == 0 ? entry.ToString() : entry.Append($"\nAttached: {string.Join(", ", attached)}\n").ToString();
    }

    private static string Write(string? type, JsonElement part) => type switch
    {
        "text" => part.Field("text")?.Text("value") ?? "",
        "refusal" => part.Text("refusal") ?? "",
        "image_file" => $"[image {part.Field("image_file")?.Text("file_id")}]",
        "image_url" => $"[image {part.Field("image_url")?.Text("url")}]",
        _ => $"[{type}]",
    };

    /// <summary>A line of a message that looks like the heading of another one, to the eye if not to Markdown.</summary>
    [GeneratedRegex(@"(?<![^\r\n\u0085\u2028\u2029])((?:[^\S\r\n\u0085\u2028\u2029]|\p{Cf})*)(##[\s\p{Cf}]*(?:user|assistant),)")]
    private static partial Regex Heading();
}
