using OpenAI.Assistants;

namespace AssistantsMcp.OldClient;

/// <summary>
/// Streams one run of each kind, with tools of the client and tools of the back end, through the typed API of OpenAI's client for .NET, and tells what the client made of
/// it, line by line. The same source is compiled against an old version and against the newest.
/// </summary>
internal static class ClientRuns
{
    /// <param name="client">The client.</param>
    /// <param name="start">Streams a run of a thread and an assistant; the versions differ in how.</param>
    /// <param name="submit">Streams what follows the outputs of a thread's run.</param>
    public static async Task<List<string>> PlayAsync(
        AssistantClient client,
        Func<string, string, IAsyncEnumerable<StreamingUpdate>> start,
        Func<string, string, List<ToolOutput>, IAsyncEnumerable<StreamingUpdate>> submit)
    {
        var lines = new List<string>();
        Assistant assistant = await client.CreateAssistantAsync("m", new AssistantCreationOptions
        {
            Tools = { new FunctionToolDefinition("tide"), new FunctionToolDefinition("wind") },
        });
        Assistant clerk = await client.CreateAssistantAsync("m", new AssistantCreationOptions
        {
            Tools = { new CodeInterpreterToolDefinition(), new FileSearchToolDefinition() },
            ToolResources = new ToolResources { FileSearch = new FileSearchToolResources { VectorStoreIds = { "vs_a" } } },
        });
        foreach (var kind in new[] { "text", "function", "parallel", "fail", "incomplete", "code", "search" })
        {
            AssistantThread thread = await client.CreateThreadAsync(new ThreadCreationOptions
            {
                InitialMessages = { new ThreadInitializationMessage(MessageRole.User, [kind]) },
            });
            lines.Add($"{kind}:");
            var waiting = await ReadAsync(start(thread.Id, kind is "code" or "search" ? clerk.Id : assistant.Id), lines);
            while (waiting.Count > 0)
            {
                var outputs = waiting.Select(call => new ToolOutput(call.ToolCallId, $"{call.FunctionName}!")).ToList();
                waiting = await ReadAsync(submit(thread.Id, waiting[0].Value.Id, outputs), lines);
            }
        }

        return lines;
    }

    private static async Task<List<RequiredActionUpdate>> ReadAsync(IAsyncEnumerable<StreamingUpdate> updates, List<string> lines)
    {
        var required = new List<RequiredActionUpdate>();
        await foreach (var update in updates)
        {
            switch (update)
            {
                case RequiredActionUpdate action:
                    required.Add(action);
                    lines.Add($"call {action.FunctionName} {action.FunctionArguments}");
                    break;
                case MessageContentUpdate content:
                    lines.Add($"text {content.Text}{(content.TextAnnotation is { } cited ? $" {cited.StartIndex}-{cited.EndIndex} {cited.TextToReplace} {cited.InputFileId}" : "")}");
                    break;
                case RunStepDetailsUpdate details:
                    lines.Add($"step {details.ToolCallIndex} {details.FunctionName}{details.FunctionArguments}{details.CodeInterpreterInput}{string.Concat(details.CodeInterpreterOutputs.Select(output => output.Logs))}".TrimEnd());
                    break;
                case MessageStatusUpdate message:
                    lines.Add($"message {message.Value.Status}");
                    break;
                case RunStepUpdate step:
                    lines.Add($"step {step.Value.Status} {step.Value.Usage?.TotalTokenCount}".TrimEnd());
                    break;
                case RunUpdate run:
                    lines.Add($"run {run.Value.Status} {run.Value.LastError?.Message}{run.Value.IncompleteDetails?.Reason} {run.Value.Usage?.TotalTokenCount}".TrimEnd());
                    break;
            }
        }

        return required;
    }
}
