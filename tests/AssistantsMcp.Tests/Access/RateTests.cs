using System.Net;

namespace AssistantsMcp.Tests.Access;

/// <summary>How many requests a minute one tenant may make.</summary>
public sealed class RateTests
{
    [Fact]
    public async Task RequestBeyondTheRate_IsToldWhenToComeBack()
    {
        await using var app = await TestApp.StartAsync(["Access:Mode=open", "Limits:RequestsPerMinute=2"]);
        var caller = new WireCaller(app);

        var first = await caller.GetAsync("/assistants");
        var second = await caller.GetAsync("/models/none");
        var third = await caller.PostAsync("/threads");
        var other = await new WireCaller(app).PostAsync("/threads");

        Assert.Equal(("2", "1", "30s"), LimitsIn(first));
        Assert.Equal(("2", "0", "60s"), LimitsIn(second));
        third.AssertError(429, "You've exceeded the rate limit, please slow down and try again later.", code: "rate_limit_exceeded");
        Assert.Equal("30", Assert.Single(third.Headers.GetValues("Retry-After")));
        Assert.Equal(("2", "0", "60s"), LimitsIn(third));
        Assert.Equal(HttpStatusCode.OK, other.Status);
    }

    [Fact]
    public async Task ToolCallBeyondTheRate_IsToldWhenToComeBack()
    {
        await using var app = await TestApp.StartAsync(["Access:Mode=open", "Limits:RequestsPerMinute=1"]);

        var first = await app.CallAsync("assistant-list");
        var second = await app.CallAsync("assistant-list");
        var other = await app.CallAsync("assistant-list", key: "sk-other");

        Assert.False(first.IsError || other.IsError);
        Assert.True(second.IsError);
        Assert.Equal("You've exceeded the rate limit, please slow down and try again later. Try again in 60 seconds.", second.Text);
    }

    [Fact]
    public async Task Burst_ComesBackAtTheRate()
    {
        await using var app = await TestApp.StartAsync(["Access:Mode=open", "Limits:RequestsPerMinute=60", "Limits:RequestBurst=3"]);
        var caller = new WireCaller(app);

        WireAnswer answer;
        var allowed = 0;
        while ((answer = await caller.GetAsync("/threads")).Status == HttpStatusCode.OK)
        {
            allowed++;
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await caller.GetAsync("/threads")).Status != HttpStatusCode.OK)
        {
            await Task.Delay(100, patience.Token);
        }

        Assert.InRange(allowed, 3, 60);
        Assert.Equal("1", Assert.Single(answer.Headers.GetValues("Retry-After")));
    }

    [Fact]
    public async Task WithoutALimit_NothingIsSaidOfOne()
    {
        await using var app = await TestApp.StartAsync(["Access:Mode=open"]);

        var answer = await new WireCaller(app).GetAsync("/threads");

        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("x-ratelimit", StringComparison.OrdinalIgnoreCase));
    }

    private static (string Limit, string Remaining, string Reset) LimitsIn(WireAnswer answer) => (
        Assert.Single(answer.Headers.GetValues("x-ratelimit-limit-requests")),
        Assert.Single(answer.Headers.GetValues("x-ratelimit-remaining-requests")),
        Assert.Single(answer.Headers.GetValues("x-ratelimit-reset-requests")));
}
