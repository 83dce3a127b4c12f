namespace AssistantsMcp.Tests.Threads;

/// <summary>The list of a caller's threads, which the API itself did not have.</summary>
public sealed class ThreadListTests(OpenApp open) : IClassFixture<OpenApp>
{
    private readonly WireCaller _caller = open.NewCaller();

    [Fact]
    public async Task NoThreads_AreAnEmptyList()
    {
        var answer = await _caller.GetAsync("/threads");

        Assert.Equal("""{"object":"list","data":[],"first_id":null,"last_id":null,"has_more":false}""", answer.Ok().Text);
    }

    [Fact]
    public async Task Threads_AreListedAsTheyAreReadAlone()
    {
        var plain = await _caller.CreateThreadAsync();
        var full = await _caller.CreateThreadAsync("""{"metadata":{"a":"1"},"tool_resources":{"file_search":{"vector_store_ids":["vs_1"]}}}""");

        var answer = await _caller.GetAsync("/threads");

        var (first, second) = ((await _caller.GetAsync($"/threads/{full}")).Ok().Text, (await _caller.GetAsync($"/threads/{plain}")).Ok().Text);
        Assert.Equal(
            $$"""{"object":"list","data":[{{first}},{{second}}],"first_id":"{{full}}","last_id":"{{plain}}","has_more":false}""", answer.Ok().Text);
    }

    [Theory]
    [InlineData("", "43210", false)]
    [InlineData("?order=asc", "01234", false)]
    [InlineData("?limit=2", "43", true)]
    [InlineData("?after=3&limit=2", "21", true)]
    [InlineData("?after=1", "0", false)]
    [InlineData("?before=2", "43", false)]
    [InlineData("?before=0&limit=2", "21", true)]
    [InlineData("?after=4&before=0", "321", false)]
    public async Task Cursors_CutTheListInTheAskedOrder(string query, string expected, bool hasMore)
    {
        var made = new List<string>();
        for (var count = 0; count < 5; count++)
        {
            made.Add(await _caller.CreateThreadAsync());
        }

        var asked = System.Text.RegularExpressions.Regex.Replace(query, "(after|before)=([0-4])", match => $"{match.Groups[1]}={made[int.Parse(match.Groups[2].Value)]}");
        var answer = await _caller.GetAsync($"/threads{asked}");

        Assert.Equal(expected, string.Concat(answer.Ok().Ids.Select(id => made.IndexOf(id))));
        Assert.Equal(hasMore, answer.HasMore);
    }

    [Fact]
    public async Task ThreadsOfAnotherKey_AreNotAmongThem()
    {
        var other = open.NewCaller();
        var theirs = await other.CreateThreadAsync();
        var mine = await _caller.CreateThreadAsync();

        Assert.Equal([mine], (await _caller.GetAsync("/threads")).Ok().Ids);
        Assert.Equal([theirs], (await other.GetAsync("/threads")).Ok().Ids);
        (await _caller.GetAsync($"/threads?after={theirs}")).AssertError(404, $"No thread found with id '{theirs}'.");
    }

    [Fact]
    public async Task DeletedThread_IsNoLongerListed()
    {
        var kept = await _caller.CreateThreadAsync();
        await _caller.DeleteAsync($"/threads/{await _caller.CreateThreadAsync()}");

        Assert.Equal([kept], (await _caller.GetAsync("/threads")).Ok().Ids);
    }

    [Fact]
    public async Task WithoutTheBetaHeader_ItIsRefusedLikeEveryRoute()
    {
        var answer = await _caller.SendAsync(HttpMethod.Get, "/threads", beta: null);

        Assert.Equal("\"invalid_beta\"", answer.Json.GetProperty("error").GetProperty("code").GetRawText());
    }
}
