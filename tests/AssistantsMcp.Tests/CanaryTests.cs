using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using AssistantsMcp.Tests.Tools;

namespace AssistantsMcp.Tests;

/// <summary>A caller's key is seen by the server it is meant for, and by nothing else.</summary>
public sealed class CanaryTests
{
    private const string Key = "sk-canary-7f3Qz9Lm2Xw8";

    [Theory]
    [InlineData(200, "{}")]
    [InlineData(401, """{"error":{"message":"Incorrect API key provided: sk-canary-7f3Qz9Lm2Xw8"}}""")]
    [InlineData(500, "broken")]
    public async Task KeyOfACaller_IsNowhereInLogsTracesOrErrors(int status, string body)
    {
        var activities = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activities.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var server = new StubServer(status, body);
        await using var app = await TestApp.StartAsync(server.Endpoint);
        var answers = new StringBuilder();

        foreach (var call in RequestTests.Calls)
        {
            answers.AppendLine((await app.CallAsync((string)call[0], (string)call[1], Key)).Result.GetRawText());
        }

        answers.AppendLine((await app.CallAsync("assistant-get", """{"assistant_id":".."}""", Key)).Result.GetRawText());
        foreach (var (path, message) in new[] { ($"/mcp/{Key}", "{"), ($"/mcp/{Key}%20", "{}"), ($"/mcp/{Key}/x", "{}"), ($"/x/mcp/{Key}", "{}"), ($"/mcp/{Key}?a=/mcp/{Key}", "[]") })
        {
            using var response = await app.PostAsync(message, path, bearer: $"{Key}2");
            answers.Append(await response.Content.ReadAsStringAsync()).Append(response.Headers);
        }

        Assert.All(server.Requests, request => Assert.Equal($"Bearer {Key}", request.Headers["Authorization"]));
        AssertHidden(app.Log.Lines);
        AssertHidden([.. activities.Where(activity => !IsOfTestClient(activity, app)).Select(Render)]);
        AssertHidden([answers.ToString()]);
    }

    [Fact]
    public async Task KeyOfACaller_IsNowhereInTheDatabase()
    {
        using var model = new StubServer(500, "broken");
        await using var app = await TestApp.StartAsync(["Access:Mode=open", $"Model:BaseUrl={model.Endpoint}"]);

        var assistant = await app.CallAsync("assistant-create", "{}", Key);
        var thread = await app.CallAsync("thread-create", """{"messages":[{"role":"user","content":"hi"}]}""", Key);
        var run = await app.CallAsync("run-create", $$"""{"thread_id":"{{thread.Id}}","assistant_id":"{{assistant.Id}}"}""", Key);

        Assert.False(run.IsError, run.Text);
        var files = Directory.GetFiles(app.Folder);
        Assert.Contains(files, file => file.EndsWith(".db", StringComparison.Ordinal));
        AssertHidden([.. files.Select(ReadShared)]);
        AssertHidden(app.Log.Lines);
    }

    private static string ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var text = new StreamReader(file, Encoding.Latin1);
        return text.ReadToEnd();
    }

    private static void AssertHidden(IReadOnlyCollection<string> texts)
    {
        var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(Key));
        Assert.NotEmpty(texts);
        Assert.DoesNotContain(texts, text => text.Contains("canary-7f3", StringComparison.OrdinalIgnoreCase) || text.Contains(encoded[..^4], StringComparison.Ordinal));
    }

    /// <summary>The listener hears the whole process; what calls the app is no part of it.</summary>
    private static bool IsOfTestClient(Activity activity, TestApp app) =>
        activity.GetTagItem("url.full") is string url && url.StartsWith(app.Http.BaseAddress!.ToString(), StringComparison.Ordinal);

    private static string Render(Activity activity) => string.Join(
        ' ', [activity.DisplayName, .. activity.TagObjects.Select(tag => $"{tag.Key}={tag.Value}"), .. activity.Events.SelectMany(one => one.Tags).Select(tag => $"{tag.Key}={tag.Value}")]);
}
