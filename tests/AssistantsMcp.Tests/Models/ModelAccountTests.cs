using System.Net;
using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Models;

/// <summary>The headers by which OpenAI's SDKs say on whose account a key is used.</summary>
public sealed class ModelAccountTests
{
    [Fact]
    public async Task RunsAndModels_GoOnTheAccountOfTheirCaller_InEveryTurn()
    {
        await using var app = await RunApp.StartAsync(null, "Model:Profile=openai");
        app.Model
            .NextStatus(200, """{"object":"list","data":[]}""")
            .NextEvents(Done(Call("tide", "{}")), Completed())
            .NextEvents(Done(Message("3.2 m.")), Completed());
        app.App.Http.DefaultRequestHeaders.Add("OpenAI-Organization", "org-a");
        app.App.Http.DefaultRequestHeaders.Add("OpenAI-Project", "proj_b");
        var api = app.As();

        await api.GetAsync("/v1/models");
        var run = await api.NewRunAsync(await api.NewThreadAsync("Hello"), await api.NewAssistantAsync($"\"model\":\"m\",\"tools\":[{BackendApp.Tide}]"));
        await api.SettledAsync(run);
        app.App.Http.DefaultRequestHeaders.Clear();
        await api.PostAsync($"{run}/submit_tool_outputs", """{"tool_outputs":[{"tool_call_id":"call_a","output":"3.2"}]}""");
        await api.SettledAsync(run);

        Assert.Equal(3, app.Model.Calls.Count);
        Assert.All(app.Model.Calls, call => Assert.Equal(("org-a", "proj_b"), (call.Headers["OpenAI-Organization"], call.Headers["OpenAI-Project"])));
    }

    [Theory]
    [InlineData("Model:Profile=azure")]
    [InlineData("Model:Profile=generic")]
    public async Task OtherServers_AreNotToldOfIt(string setting)
    {
        await using var app = await RunApp.StartAsync(null, setting);
        app.Model.NextStatus(200, "{}");
        app.App.Http.DefaultRequestHeaders.Add("OpenAI-Organization", "org a");

        await app.As().GetAsync("/v1/models");

        Assert.False(app.Model.Calls[0].Headers.ContainsKey("OpenAI-Organization"));
    }

    [Fact]
    public async Task AccountIsNotTheCallersToChoose_WhereTheKeyIsTheServers()
    {
        await using var app = await RunApp.StartAsync(null, "Model:Profile=openai", "Model:ApiKey=server-held", "Access:Mode=list", $"Access:Keys:0={KeyHash}");
        app.Model.NextStatus(200, "{}");
        app.App.Http.DefaultRequestHeaders.Add("OpenAI-Organization", "org-a");

        await app.As().GetAsync("/v1/models");

        Assert.False(app.Model.Calls[0].Headers.ContainsKey("OpenAI-Organization"));
    }

    [Fact]
    public async Task MalformedAccount_IsRefused()
    {
        await using var app = await RunApp.StartAsync(null, "Model:Profile=openai");
        app.App.Http.DefaultRequestHeaders.Add("OpenAI-Project", "proj b");

        var (status, error) = await app.As().RefusedAsync(HttpMethod.Get, "/v1/models");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("'OpenAI-Project'", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static string KeyHash => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("sk-test"u8));
}
