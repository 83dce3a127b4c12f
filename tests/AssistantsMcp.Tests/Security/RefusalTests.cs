using System.Security.Cryptography;
using System.Text;
using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace AssistantsMcp.Tests.Security;

/// <summary>A refusal tells nothing about the keys that are let in.</summary>
public sealed class RefusalTests(ITestOutputHelper output)
{
    private const string Listed = "sk-listed.4Kq8Zt2Wm6Xp";

    [Fact]
    public async Task RevokedKey_IsRefusedLikeOneThatNeverWas()
    {
        var (revoked, never) = ("sk-revoked.9Jf3Lx7Qd1Rb", "sk-another.2Hs6Vn8Yc5Tg");
        await using var earlier = await TestApp.StartAsync(["Access:Mode=list", $"Access:Keys:0={HashOf(Listed)}", $"Access:Keys:1={HashOf(revoked)}"]);
        await new WireCaller(earlier, revoked).CreateAssistantAsync();
        await using var app = await TestApp.StartAsync(
            ["Access:Mode=list", $"Access:Keys:0={HashOf(Listed)}", $"Storage:ConnectionString={earlier.Database.ConnectionString}"]);

        var (first, second) = (await new WireCaller(app, revoked).GetAsync("/assistants"), await new WireCaller(app, never).GetAsync("/assistants"));
        var (tool, otherTool) = (await app.CallAsync("assistant-list", key: revoked), await app.CallAsync("assistant-list", key: never));

        Assert.Equal(401, (int)first.Status);
        Assert.Equal((first.Status, first.Text), (second.Status, second.Text));
        Assert.Equal(first.Headers.Select(header => header.Key), second.Headers.Select(header => header.Key));
        Assert.True(tool.IsError);
        Assert.Equal(tool.Result.GetRawText(), otherTool.Result.GetRawText());
    }

    /// <summary>Welch's t of how long the judgement takes: below 4.5 no difference can be told.</summary>
    [Fact]
    public async Task KeyThatIsNearlyRight_TakesNoLongerToRefuse()
    {
        await using var app = await TestApp.StartAsync(["Access:Mode=list", $"Access:Keys:0={HashOf(Listed)}"]);
        var gate = app.App.Services.GetRequiredService<AccessGate>();
        var samples = Effort.Of(200, 20_000);
        var (near, far) = (new List<double>(), new List<double>());

        // All keys are made beforehand, and each kind goes first half of the time: whatever else the machine does meets both alike.
        var keys = Enumerable.Range(0, samples)
            .Select(_ => Random.Shared.GetHexString(Listed.Length, lowercase: true))
            .Select(random => (Near: $"{Listed[..^1]}{random[0]}", Far: $"{random[..^1]}{random[0]}"))
            .ToList();
        foreach (var (index, (nearKey, farKey)) in keys.Index())
        {
            if (index % 2 == 0)
            {
                near.Add(await RefuseAsync(gate, nearKey));
            }

            far.Add(await RefuseAsync(gate, farKey));
            if (index % 2 == 1)
            {
                near.Add(await RefuseAsync(gate, nearKey));
            }
        }

        var t = WelchT(WithoutOutliers(near), WithoutOutliers(far));
        output.WriteLine($"{samples} samples each: t = {t:0.00}");
        Assert.True(!Effort.IsLong || Math.Abs(t) < 4.5, $"t = {t:0.00}");
    }

    private static async Task<double> RefuseAsync(AccessGate gate, string key)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Authorization = $"Bearer {key}";
        var started = TimeProvider.System.GetTimestamp();
        await Assert.ThrowsAsync<ApiException>(() => gate.IdentifyAsync(context.Request).AsTask());
        return TimeProvider.System.GetElapsedTime(started).TotalMicroseconds;
    }

    /// <summary>The quickest nine tenths: the rest is the machine's own doing.</summary>
    private static double[] WithoutOutliers(List<double> times) => [.. times.Order().Take(times.Count * 9 / 10)];

    private static double WelchT(double[] first, double[] second)
    {
        var (difference, variance) = (first.Average() - second.Average(), VarianceOfMean(first) + VarianceOfMean(second));
        return difference / Math.Sqrt(variance);

        static double VarianceOfMean(double[] times)
        {
            var mean = times.Average();
            return times.Sum(time => (time - mean) * (time - mean)) / (times.Length - 1) / times.Length;
        }
    }

    private static string HashOf(string key) => Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(key)));
}
