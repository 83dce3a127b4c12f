using System.Collections;
using System.Reflection;
using AssistantsMcp.Engine;
using AssistantsMcp.Engine.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Tests.Access;

public sealed class TenantRatesTests
{
    /// <summary>How long the limiter remembers tenants is its own affair (ten seconds today); that it forgets them is what counts.</summary>
    [Fact]
    public async Task TenantsWhoAreGone_AreForgotten()
    {
        using var rates = new TenantRates(Options.Create(new EngineOptions { Limits = { RequestsPerMinute = 6000 } }));
        var remembered = Remembered(rates);
        foreach (var tenant in Enumerable.Range(0, 500))
        {
            rates.Count($"tenant {tenant}", new HeaderDictionary());
        }

        Assert.Equal(500, remembered.Count);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (remembered.Count > 0)
        {
            await Task.Delay(100, patience.Token);
        }
    }

    /// <summary>The limiter shows nowhere how many tenants it remembers.</summary>
    private static ICollection Remembered(TenantRates rates) => (ICollection)Field(Field(rates, "_limiter"), "_limiters");

    private static object Field(object owner, string name) =>
        owner.GetType().GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(owner)!;
}
