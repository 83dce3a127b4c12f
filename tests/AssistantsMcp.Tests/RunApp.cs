using AssistantsMcp.Engine.Storage;
using AssistantsMcp.Tests.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace AssistantsMcp.Tests;

/// <summary>The real application with a scripted model server behind it; every key is let in and is its own world.</summary>
internal sealed class RunApp : IAsyncDisposable
{
    private RunApp(TestApp app, FakeResponsesServer model) => (App, Model) = (app, model);

    public TestApp App { get; }

    public FakeResponsesServer Model { get; }

    /// <param name="time">The clock; the system's by default.</param>
    /// <param name="settings">Further settings, such as <c>Limits:ConcurrentRuns=1</c>.</param>
    public static async Task<RunApp> StartAsync(TimeProvider? time = null, params string[] settings)
    {
        var model = await FakeResponsesServer.StartAsync();
        return new RunApp(await StartAppAsync(model, time, settings), model);
    }

    /// <summary>The application alone, in front of a model server that is there already.</summary>
    public static Task<TestApp> StartAppAsync(FakeResponsesServer model, TimeProvider? time = null, params string[] settings) =>
        TestApp.StartAsync([$"Model:BaseUrl={model.BaseUrl}", "Access:Mode=open", .. settings], builder => UseClock(builder, time));

    public RestClient As(string key = "sk-test") => new(App.Http, key);

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await Model.DisposeAsync();
        Assert.Empty(Model.Unexpected);
    }

    private static void UseClock(WebApplicationBuilder builder, TimeProvider? time)
    {
        if (time is not null)
        {
            builder.Services.AddSingleton(time);
            builder.Services.AddSingleton(new QueueClock(time));
        }
    }
}
