using AssistantsMcp.Engine;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Models;

namespace AssistantsMcp.Tests.Models;

/// <summary>Which profile is in force, and how its key travels.</summary>
public sealed class BackendProfileTests
{
    [Theory]
    [InlineData("https://api.openai.com/v1", "openai")]
    [InlineData("https://eu.api.openai.com/v1", "openai")]
    [InlineData("https://API.OpenAI.com/v1", "openai")]
    [InlineData("https://api.openai.com.example.org/v1", "generic")]
    [InlineData("https://notapi.openai.com/v1", "generic")]
    [InlineData("https://res.openai.azure.com/openai/v1", "azure")]
    [InlineData("https://res.openai.azure.us/openai/v1", "azure")]
    [InlineData("https://res.services.ai.azure.com/openai/v1", "azure")]
    [InlineData("https://res.cognitiveservices.azure.com/openai/v1", "azure")]
    [InlineData("https://example.azure.com/openai/v1", "generic")]
    [InlineData("https://openrouter.ai/api/v1", "openrouter")]
    [InlineData("http://localhost:11434/v1", "ollama")]
    [InlineData("http://ollama:11434/v1", "ollama")]
    [InlineData("https://ollama.com/v1", "ollama")]
    [InlineData("http://localhost:8080/v1", "generic")]
    [InlineData("http://localhost:8000/v1", "generic")]
    [InlineData("https://api.groq.com/openai/v1", "generic")]
    public void BaseUrl_TellsTheProfile(string baseUrl, string profile) =>
        Assert.Equal(profile, BackendProfile.Of(new ModelOptions { BaseUrl = new Uri(baseUrl) }).Name);

    [Theory]
    [InlineData("llamacpp")]
    [InlineData("vllm")]
    [InlineData("Azure")]
    public void NamedProfile_WinsOverTheBaseUrl(string profile) =>
        Assert.Equal(profile, BackendProfile.Of(new ModelOptions { Profile = profile }).Name, ignoreCase: true);

    [Fact]
    public async Task EmptySettings_AreAsGoodAsNone()
    {
        await using var app = await RunApp.StartAsync(null, "Model:Profile=", "Model:ApiVersion=", "Model:HostedTools=");
        app.Model.NextStatus(200, "{}");

        await app.As().GetAsync("/v1/models");

        Assert.Equal("/v1/models", app.Model.Calls[0].Target);
    }

    [Theory]
    [InlineData("generic", "llama.cpp", 1)]
    [InlineData("generic", "uvicorn", 0)]
    [InlineData("llamacpp", "llama.cpp", 0)]
    public async Task LlamaCppWithoutItsProfile_IsHintedAtOnce(string profile, string server, int hints)
    {
        await using var app = await RunApp.StartAsync(null, $"Model:Profile={profile}");
        app.Model.Always(reply => reply.StatusAsync(200, "{}", ("Server", server)));

        await app.As().GetAsync("/v1/models");
        await app.As().GetAsync("/v1/models");

        Assert.Equal(hints, app.App.Log.Lines.Count(line => line.Contains("Model:Profile=llamacpp", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("openai", null, true)]
    [InlineData("azure", null, true)]
    [InlineData("ollama", null, false)]
    [InlineData("vllm", null, false)]
    [InlineData("llamacpp", null, false)]
    [InlineData("openrouter", null, false)]
    [InlineData("generic", null, false)]
    [InlineData("generic", true, true)]
    [InlineData("openai", false, false)]
    public void HostedTools_AreTheProfilesUnlessSet(string profile, bool? setting, bool hosts) =>
        Assert.Equal(hosts, BackendProfile.Of(new ModelOptions { Profile = profile, HostedTools = setting }).HostsTools);

    [Theory]
    [InlineData("azure", null, "api-key", "sk-test")]
    [InlineData("azure", "server-held", "api-key", "server-held")]
    [InlineData("generic", null, "Authorization", "Bearer sk-test")]
    [InlineData("generic", "server-held", "Authorization", "Bearer server-held")]
    public async Task Key_GoesWhereTheProfileWantsIt_InPlaceOfWhatWasThere(string profile, string? held, string header, string value)
    {
        await using var host = ModelTestHost.For(new Uri("http://localhost/v1"), null, options => (options.Profile, options.ApiKey) = (profile, held));
        using var request = new HttpRequestMessage { Headers = { { "Authorization", "Bearer caller" }, { "api-key", "caller" } } };

        host.Server.Authorize(request.Headers, new ApiKey("sk-test"));

        var sent = Assert.Single(request.Headers);
        Assert.Equal((header, value), (sent.Key, Assert.Single(sent.Value)));
    }

    [Fact]
    public async Task Azure_GetsItsKeyHeaderAndItsVersion_ForModelsAndForRuns()
    {
        await using var app = await RunApp.StartAsync(null, "Model:Profile=azure", "Model:ApiVersion=2025-04-01-preview");
        app.Model.NextStatus(200, """{"object":"list","data":[]}""").NextEvents(Upstream.Done(Upstream.Message("Hello")), Upstream.Completed());
        var api = app.As();

        await api.GetAsync("/v1/models");
        var run = await api.SettledAsync(await api.NewRunAsync(await api.NewThreadAsync("Hi"), await api.NewAssistantAsync()));

        Assert.Equal("completed", run.GetProperty("status").GetString());
        Assert.Equal(
            ["/v1/models?api-version=2025-04-01-preview", "/v1/responses?api-version=2025-04-01-preview"],
            app.Model.Calls.Select(call => call.Target));
        Assert.All(app.Model.Calls, call => Assert.Equal("sk-test", call.Headers["api-key"]));
        Assert.All(app.Model.Calls, call => Assert.False(call.Headers.ContainsKey("Authorization")));
    }
}
