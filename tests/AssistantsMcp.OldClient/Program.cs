using System.ClientModel;
using AssistantsMcp.OldClient;
using OpenAI;
using OpenAI.Assistants;

// AssistantsMcp.OldClient URL KEY: plays the runs against that base URL and prints what came of them.
var client = new AssistantClient(new ApiKeyCredential(args[1]), new OpenAIClientOptions { Endpoint = new Uri(args[0]) });
var lines = await ClientRuns.PlayAsync(
    client,
    (threadId, assistantId) => client.CreateRunStreamingAsync(threadId, assistantId),
    (threadId, runId, outputs) => client.SubmitToolOutputsToRunStreamingAsync(threadId, runId, outputs));
foreach (var line in lines)
{
    Console.WriteLine(line);
}
