using System.ClientModel;
using System.ClientModel.Primitives;
using System.Diagnostics;
using AssistantsMcp.OldClient;
using OpenAI.Assistants;
using static AssistantsMcp.Tests.Models.Upstream;
using static AssistantsMcp.Tests.Models.UpstreamTools;

namespace AssistantsMcp.Tests.Api;

/// <summary>Streams of every kind, read with types by OpenAI's client for .NET: the newest one, and 2.1.0 in a program of its own.</summary>
public sealed class ClientVersionTests : IAsyncLifetime
{
    /// <summary>What both make of the runs.</summary>
    private static readonly string[] _expected =
    [
        "text:",
        "run queued", "run queued", "run in_progress", "step in_progress", "step in_progress", "message in_progress", "message in_progress",
        "text Good ", "text day.", "message completed", "step completed 18", "run completed  18",

        "function:",
        "run queued", "run queued", "run in_progress", "step in_progress", "step in_progress",
        "step 0 tide", "step 0 {\"hour\"", "step 0 :6}", "call tide {\"hour\":6}",
        "step completed 18", "run queued", "run in_progress", "step in_progress", "step in_progress", "message in_progress", "message in_progress",
        "text Good day.", "message completed", "step completed 18", "run completed  36",

        "parallel:",
        "run queued", "run queued", "run in_progress", "step in_progress", "step in_progress",
        "step 0 tide", "step 0 {}", "step 1 wind", "step 1 {}", "call tide {}", "call wind {}",
        "step completed 18", "run queued", "run in_progress", "step in_progress", "step in_progress", "message in_progress", "message in_progress",
        "text Good day.", "message completed", "step completed 18", "run completed  36",

        "fail:",
        "run queued", "run queued", "run in_progress", "run failed No. 0",

        "incomplete:",
        "run queued", "run queued", "run in_progress", "step in_progress", "step in_progress", "message in_progress", "message in_progress",
        "text Half", "message incomplete", "step completed 18", "run incomplete max_completion_tokens 18",

        "code:",
        "run queued", "run queued", "run in_progress", "step in_progress", "step in_progress",
        "step 0", "step 0 print(", "step 0 1+1)", "step 0 2", "step completed 0",
        "step in_progress", "step in_progress", "message in_progress", "message in_progress",
        "text Good day.", "message completed", "step completed 18", "run completed  18",

        "search:",
        "run queued", "run queued", "run in_progress", "step in_progress", "step in_progress", "step 0", "step completed 0",
        "step in_progress", "step in_progress", "message in_progress", "message in_progress",
        "text High.", "text 【0:0†tides.txt】", "text  5-20 【0:0†tides.txt】 file-a", "message completed", "step completed 18", "run completed  18",
    ];

    private RunApp _app = null!;

    public async Task InitializeAsync()
    {
        _app = await RunApp.StartAsync(null, "Model:Profile=openai");
        string[] answer = [Created, Added(EmptyMessage()), TextDelta("Good day."), Done(Message("Good day.")), Completed()];
        _app.Model
            .NextEvents(Created, Added(EmptyMessage()), TextDelta("Good "), TextDelta("day."), Done(Message("Good day.")), Completed())
            .NextEvents(Created, Added(Call("tide", "")), ArgumentsDelta("{\"hour\"", "fc_a", 0), ArgumentsDelta(":6}", "fc_a", 0), Done(Call("tide", "{\"hour\":6}")), Completed())
            .NextEvents(answer)
            .NextEvents(Created, Done(Call("tide", "{}")), Done(Call("wind", "{}", "call_b", "fc_b"), 1), Completed())
            .NextEvents(answer)
            .NextStatus(400, """{"error":{"message":"No."}}""")
            .NextEvents(Created, Added(EmptyMessage()), TextDelta("Half"), Incomplete("max_output_tokens"))
            .NextEvents([.. CodeInterpreter(["print(", "1+1)"], [Logs("2")]), .. answer])
            .NextEvents(
            [
                .. FileSearch(["tide"], [SearchResult("file-a", "tides.txt", "3.2 m at six")]),
                Added(EmptyMessage(), 1), TextDelta("High.", index: 1), AnnotationAdded(FileCitation("file-a", "tides.txt", 5), index: 1),
                Done(AnnotatedMessage("High.", [FileCitation("file-a", "tides.txt", 5)]), 1), Completed(),
            ]);
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task NewestVersion_ReadsEveryStream()
    {
        var client = new AssistantClient(
            new ApiKeyCredential("sk-test"),
            new AssistantClientOptions { Endpoint = new Uri(_app.App.Http.BaseAddress!, "v1"), Transport = new HttpClientPipelineTransport(_app.App.Http) });

        var lines = await ClientRuns.PlayAsync(
            client,
            (threadId, assistantId) => ReadAsync(client.CreateRunStreamingAsync(threadId, assistantId)),
            (threadId, runId, outputs) => ReadAsync(client.SubmitToolOutputsToRunStreamingAsync(threadId, runId, outputs)));

        Assert.Equal(_expected, lines);
    }

    [Fact]
    public async Task Version210_ReadsEveryStream()
    {
        using var program = Process.Start(new ProcessStartInfo("dotnet", [OldProgram(), new Uri(_app.App.Http.BaseAddress!, "v1").ToString(), "sk-test"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = program.StandardError.ReadToEndAsync();
        var output = await program.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(1));

        Assert.Equal("", await errors);
        Assert.Equal(_expected, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd('\r')));
    }

    /// <summary>The program beside this assembly: the same configuration and framework of the other project.</summary>
    private static string OldProgram() => Path.Combine(
        AppContext.BaseDirectory.Replace("AssistantsMcp.Tests", "AssistantsMcp.OldClient", StringComparison.Ordinal), "AssistantsMcp.OldClient.dll");

    private static async IAsyncEnumerable<StreamingUpdate> ReadAsync(Task<AsyncStreamingResult<StreamingUpdate>> opening)
    {
        await using var result = await opening;
        await foreach (var update in result)
        {
            yield return update;
        }
    }
}
