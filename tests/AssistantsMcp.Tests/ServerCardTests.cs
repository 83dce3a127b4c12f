using System.Text;
using System.Xml.Linq;
using AssistantsMcp.Tests.Tools;
using ModelContextProtocol.Protocol;
using Xunit.Abstractions;

namespace AssistantsMcp.Tests;

public sealed class ServerCardTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(Eras.Initialize)]
    [InlineData(Eras.Discover)]
    public async Task Server_IntroducesItselfInBothEras(string version)
    {
        await using var app = await TestApp.StartAsync(["Assistants:WebsiteUrl=https://example.com/assistants"]);
        await using var client = await app.ConnectAsync(version, "sk-test");

        var card = client.ServerInfo!;
        Assert.Equal(("assistants-mcp", "AssistantsMcp", ProductInfo.Version), (card.Name, card.Title, card.Version));
        Assert.Equal("https://example.com/assistants", card.WebsiteUrl);
        AssertIsPicture(Assert.Single(card.Icons!));
        Assert.Equal(ProductInfo.Instructions, client.ServerInstructions);
        Assert.Equal(version, client.NegotiatedProtocolVersion);
    }

    [Fact]
    public async Task Website_IsAbsentUnlessItIsSet()
    {
        await using var app = await TestApp.StartAsync();
        await using var client = await app.ConnectAsync();

        Assert.Null(client.ServerInfo!.WebsiteUrl);
    }

    [Fact]
    public void Instructions_TellTheFourStepsBriefly()
    {
        var words = ProductInfo.Instructions.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        string[] steps = ["assistant-create", "thread-create", "message-create", "run-create"];

        output.WriteLine($"Instructions: {words.Length} words, {Tokens.Count(ProductInfo.Instructions)} tokens.");
        Assert.InRange(words.Length, 1, 149);
        Assert.Equal(steps, words.Where(steps.Contains));
    }

    [Fact]
    public async Task EveryIcon_IsAPictureThatNeedsNoHost()
    {
        await using var app = await TestApp.StartAsync();
        await using var client = await app.ConnectAsync();

        var prompts = (await client.ListPromptsAsync()).Select(prompt => prompt.ProtocolPrompt.Icons);
        var resources = (await client.ListResourcesAsync()).Select(resource => resource.ProtocolResource.Icons);
        var templates = (await client.ListResourceTemplatesAsync()).Select(template => template.ProtocolResourceTemplate.Icons);

        Assert.All([.. prompts, .. resources, .. templates], icons => AssertIsPicture(Assert.Single(icons!)));
    }

    private static void AssertIsPicture(Icon icon)
    {
        const string Start = "data:image/svg+xml;base64,";
        Assert.Equal("image/svg+xml", icon.MimeType);
        Assert.StartsWith(Start, icon.Source, StringComparison.Ordinal);
        var svg = XElement.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(icon.Source[Start.Length..])));
        Assert.Equal("{http://www.w3.org/2000/svg}svg", svg.Name.ToString());
        Assert.All(svg.Descendants(), part => Assert.Equal("path", part.Name.LocalName));
    }
}
