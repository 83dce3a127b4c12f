using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Models;

/// <summary>Names of models that are sent in place of those that objects keep.</summary>
public sealed class AliasTests
{
    [Theory]
    [InlineData("gpt-4o", "gpt-6-luna")]
    [InlineData("gpt-3.5-turbo-0125", "qwen3.5:9b")]
    [InlineData("llama3.2:3b", "llama4.1:8b")]
    [InlineData("hf.co/unsloth/Qwen3:Q4_K_M", "qwen3.5:9b")]
    [InlineData("GPT-4O", null)]
    public async Task AliasedName_IsSent_AndTheStoredOneIsShown(string stored, string? sent)
    {
        await using var app = await RunApp.StartAsync(null, $"Model:Aliases:{(sent is null ? "gpt-4o" : stored)}={sent ?? "gpt-6-luna"}", "Model:Aliases:other=another");
        app.Model.NextEvents(Done(Message("Hi.")), Completed());
        var api = app.As();

        var run = await api.SettledAsync(await api.NewRunAsync(await api.NewThreadAsync("Hello"), await api.NewAssistantAsync($"\"model\":\"{stored}\"")));

        Assert.Equal(stored, run.GetProperty("model").GetString());
        Assert.Equal(sent ?? stored, app.Model.Calls[0].Json.GetProperty("model").GetString());
    }

    [Fact]
    public async Task AliasInTheEnvironment_MayHoldDotsDashesAndColons()
    {
        await using var model = await FakeResponsesServer.StartAsync();
        model.NextEvents(Done(Message("Hi.")), Completed()).NextEvents(Done(Message("Hi.")), Completed());
        using var process = ChildProcess.Start(
            ["--urls=http://127.0.0.1:0", "--Access:Mode=open", $"--Model:BaseUrl={model.BaseUrl}"],
            new() { ["Model__Aliases__gpt-4.1-mini"] = "gpt-6-luna", ["Model__Aliases__llama3.2:3b"] = "llama4.1:8b" });
        using var http = new HttpClient { BaseAddress = new Uri((await ChildProcess.ReadSummaryAsync(process))[0].Split(' ')[^1]) };
        var api = new RestClient(http, "sk-test");

        foreach (var stored in new[] { "gpt-4.1-mini", "llama3.2:3b" })
        {
            await api.SettledAsync(await api.NewRunAsync(await api.NewThreadAsync("Hello"), await api.NewAssistantAsync($"\"model\":\"{stored}\"")));
        }

        process.Kill();
        Assert.Equal(["gpt-6-luna", "llama4.1:8b"], model.Calls.Select(call => call.Json.GetProperty("model").GetString()));
    }
}
