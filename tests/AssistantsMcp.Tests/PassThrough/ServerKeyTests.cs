using System.Security.Cryptography;
using System.Text;

namespace AssistantsMcp.Tests.PassThrough;

/// <summary>Passing on where the server holds the model key, and all callers share one account.</summary>
public sealed class ServerKeyTests
{
    private const string Key = "sk-only-an-identity";

    private static readonly string[] _serversAccount =
    [
        "Model:ApiKey=sk-held-by-the-server", "Access:Mode=list", $"Access:Keys:0={Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Key)))}",
    ];

    [Theory]
    [InlineData("POST", "/files")]
    [InlineData("GET", "/files/file-1")]
    [InlineData("GET", "/vector_stores")]
    [InlineData("POST", "/responses")]
    public async Task SharedAccount_IsNotPassedOnTo(string method, string path)
    {
        await using var provider = await FakeProvider.StartAsync(200, "{}");
        await using var app = await provider.StartAppAsync(_serversAccount);

        (await new WireCaller(app, Key).SendAsync(new HttpMethod(method), path)).AssertError(
            403,
            "This server does not pass requests on to its model server: with the key that it holds for everybody (Model:ApiKey), callers would see each other's files, stores and responses. The operator can allow it with PassThrough:Enabled=true.",
            code: "pass_through_disabled");
        Assert.Empty(provider.Calls);
    }

    [Theory]
    [InlineData("/models/gpt-6-luna", "PassThrough:Enabled=false")]
    [InlineData("/files/file-1", "PassThrough:Enabled=true")]
    public async Task ServersKey_ReplacesTheCallers(string path, string setting)
    {
        await using var provider = await FakeProvider.StartAsync(200, "{}", ("openai-organization", "org-operator"));
        await using var app = await provider.StartAppAsync([.. _serversAccount, setting]);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1{path}")
        {
            Headers = { { "Authorization", $"Bearer {Key}" }, { "OpenAI-Organization", "org-2" }, { "OpenAI-Project", "proj-2" } },
        };

        using var response = await app.Http.SendAsync(request);

        var call = Assert.Single(provider.Calls);
        Assert.Equal("Bearer sk-held-by-the-server", call.Headers["Authorization"]);
        Assert.DoesNotContain(call.Headers, header => header.Value.Contains(Key, StringComparison.Ordinal));
        Assert.DoesNotContain(call.Headers, header => header.Key.StartsWith("OpenAI-", StringComparison.OrdinalIgnoreCase));
        Assert.False(response.Headers.Contains("openai-organization"));
    }

    [Fact]
    public async Task RefusalOfTheServersKey_IsNotTheCallersAffair()
    {
        await using var provider = await FakeProvider.StartAsync(401, """{"error":{"message":"Incorrect API key provided: sk-held***rver."}}""");
        await using var app = await provider.StartAppAsync([.. _serversAccount, "PassThrough:Enabled=true"]);

        (await new WireCaller(app, Key).GetAsync("/files")).AssertError(
            502, "The model server refused the key that this server holds for it. The operator should check Model:ApiKey.", type: "server_error");
    }

    [Fact]
    public async Task PassThrough_CanBeSwitchedOff()
    {
        await using var provider = await FakeProvider.StartAsync(200, "{}");
        await using var app = await provider.StartAppAsync("PassThrough:Enabled=false");

        var answer = await new WireCaller(app).PostAsync("/responses", "{}");

        Assert.Equal(403, (int)answer.Status);
        Assert.Empty(provider.Calls);
    }
}
