using System.Text;
using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Files;
using Microsoft.Extensions.DependencyInjection;

namespace AssistantsMcp.Tests.Files;

/// <summary>The files that the server keeps itself, at the door.</summary>
public sealed class FileStoreTests(OpenApp open) : IClassFixture<OpenApp>
{
    private readonly WireCaller _caller = open.NewCaller();

    private FileStore Store => open.App.App.Services.GetRequiredService<FileStore>();

    [Fact]
    public async Task KeptFile_IsServed()
    {
        var id = await AddAsync("chart.png", "pixels");

        var file = await _caller.SendAsync(HttpMethod.Get, $"/files/{id}", beta: null);
        var content = await _caller.SendAsync(HttpMethod.Get, $"/files/{id}/content", beta: null);

        Assert.Matches("^file-[A-Za-z0-9]{22}$", id);
        file.AssertObject($$"""{"id":"ID","object":"file","bytes":6,"created_at":{{OpenApp.Now}},"expires_at":null,"filename":"chart.png","purpose":"assistants_output","status":"processed","status_details":null}""");
        Assert.Equal("pixels", content.Ok().Text);
    }

    [Theory]
    [InlineData("chart.png", "attachment; filename=chart.png; filename*=UTF-8''chart.png")]
    [InlineData("tîdes.csv", "attachment; filename=t_des.csv; filename*=UTF-8''t%C3%AEdes.csv")]
    [InlineData("a\"\r\nSet-Cookie: x=1\r\n\r\n<script>", "attachment; filename=\"a\\\"__Set-Cookie: x=1____<script>\"; filename*=UTF-8''a%22%0D%0ASet-Cookie%3A%20x%3D1%0D%0A%0D%0A%3Cscript%3E")]
    public async Task Content_IsADownloadOfNoParticularType(string name, string disposition)
    {
        var id = await AddAsync(name, "<script>alert(1)</script>");

        var content = await _caller.GetAsync($"/files/{id}/content");

        Assert.Equal("application/octet-stream", content.ContentHeaders.ContentType!.ToString());
        Assert.Equal("nosniff", Assert.Single(content.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal(disposition, Assert.Single(content.ContentHeaders.GetValues("Content-Disposition")));
        Assert.False(content.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task KeptFiles_AreListedNewestFirst()
    {
        string[] made = [await AddAsync("1", ""), await AddAsync("2", ""), await AddAsync("3", "")];

        var all = await _caller.GetAsync("/files?purpose=assistants_output");
        var page = await _caller.GetAsync($"/files?purpose=assistants_output&order=asc&limit=1&after={made[0]}");
        var tooMany = await _caller.GetAsync("/files?purpose=assistants_output&limit=10001");
        var wrong = await _caller.GetAsync("/files?purpose=assistants_output&after=file-nobody");

        Assert.Equal(Enumerable.Reverse(made), all.Ok().Ids);
        Assert.Equal([made[1]], page.Ok().Ids);
        Assert.True(page.HasMore);
        tooMany.AssertError(400, "Invalid 'limit': integer above maximum value. Expected a value <= 10000, but got 10001 instead.", "limit", "integer_above_max_value");
        wrong.AssertError(404, "No file found with id 'file-nobody'.");
    }

    [Fact]
    public async Task DeletedFile_LeavesEveryListOfTheCodeInterpreter()
    {
        var (id, other) = (await AddAsync("a.csv", "1"), await AddAsync("b.csv", "2"));
        var resources = $$$"""{"code_interpreter":{"file_ids":["{{{id}}}","{{{other}}}"]}}""";
        var assistant = await _caller.CreateAssistantAsync($$"""{"model":"m","tools":[{"type":"code_interpreter"}],"tool_resources":{{resources}}}""");
        var thread = await _caller.CreateThreadAsync($$"""{"tool_resources":{{resources}}}""");
        var mentioning = await _caller.CreateThreadAsync($$$"""{"metadata":{"file":"{{{id}}}"}}""");

        var deleted = await _caller.DeleteAsync($"/files/{id}");

        Assert.Equal($$"""{"id":"{{id}}","object":"file","deleted":true}""", deleted.Ok().Text);
        var left = $$$"""{"code_interpreter":{"file_ids":["{{{other}}}"]}}""";
        Assert.Equal(left, (await _caller.GetAsync($"/assistants/{assistant}"))["tool_resources"]);
        Assert.Equal(left, (await _caller.GetAsync($"/threads/{thread}"))["tool_resources"]);
        Assert.Equal($$"""{"file":"{{id}}"}""", (await _caller.GetAsync($"/threads/{mentioning}"))["metadata"]);
        Assert.Null(await Store.FindAsync(Tenant(_caller), id));
        Assert.Null(await Store.ReadContentAsync(Tenant(_caller), id));
        Assert.Equal([other], (await _caller.GetAsync("/files?purpose=assistants_output")).Ids);
    }

    [Fact]
    public async Task FileOfAnotherKey_IsAsGoodAsMissing()
    {
        var id = await AddAsync("mine.txt", "mine");
        var stranger = Tenant(open.NewCaller());

        Assert.Null(await Store.FindAsync(stranger, id));
        Assert.Null(await Store.ReadContentAsync(stranger, id));
        Assert.False(await Store.DeleteAsync(stranger, id, CancellationToken.None));
        Assert.Equal("mine", (await _caller.GetAsync($"/files/{id}/content")).Ok().Text);
    }

    private async Task<string> AddAsync(string name, string content) => (await Store.AddAsync(
        Tenant(_caller), name, FileStore.AssistantsOutput, Encoding.UTF8.GetBytes(content), CancellationToken.None)).Id;

    private string Tenant(WireCaller caller) => open.App.App.Services.GetRequiredService<ServerSecret>().Tenant(new ApiKey(caller.Key));
}
