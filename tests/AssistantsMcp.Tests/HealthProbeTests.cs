namespace AssistantsMcp.Tests;

public sealed class HealthProbeTests
{
    [Fact]
    public async Task ServerThatRuns_IsAlive()
    {
        await using var app = await TestApp.StartAsync();

        Assert.Equal(0, await HealthProbe.RunAsync([$"--urls=http://+:{app.Http.BaseAddress!.Port}"]));
    }

    [Fact]
    public async Task ServerThatIsGone_IsNot()
    {
        Uri address;
        await using (var app = await TestApp.StartAsync())
        {
            address = app.Http.BaseAddress!;
        }

        Assert.Equal(1, await HealthProbe.RunAsync([$"--urls={address}"]));
    }
}
