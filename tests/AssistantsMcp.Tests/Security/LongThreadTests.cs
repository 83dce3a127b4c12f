using Xunit.Abstractions;

namespace AssistantsMcp.Tests.Security;

/// <summary>A page of a very long list costs what a page of a short one costs.</summary>
[Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
public sealed class LongThreadTests(ITestOutputHelper output)
{
    private const string Copies = """
        WITH RECURSIVE copies(number) AS (VALUES (1) UNION ALL SELECT number + 1 FROM copies WHERE number < $count)
        INSERT INTO objects (kind, tenant, id, parent, run_id, body)
        SELECT kind, tenant, printf('msg_%024d', number), parent, run_id, CAST(replace(CAST(body AS TEXT), id, printf('msg_%024d', number)) AS BLOB)
        FROM objects, copies WHERE id = $id
        """;

    [Fact]
    public async Task ThreadOfManyMessages_IsListedPageByPage()
    {
        var count = Effort.Of(20_000, 1_000_000);
        await using var app = await RunApp.StartAsync();
        var api = app.As();
        var thread = await api.NewThreadAsync();
        var first = (await api.PostAsync($"/v1/threads/{thread}/messages", """{"role":"user","content":"hello"}""")).GetProperty("id").GetString()!;
        await CopyAsync(app.App, first, count);

        var seen = new HashSet<string>(StringComparer.Ordinal) { first };
        var after = first;
        while (seen.Count < Effort.Of(5_000, 20_000))
        {
            var page = await api.GetAsync($"/v1/threads/{thread}/messages?order=asc&limit=100&after={after}");
            Assert.All(page.GetProperty("data").EnumerateArray(), message => Assert.True(seen.Add(message.GetProperty("id").GetString()!)));
            after = page.GetProperty("last_id").GetString()!;
        }

        var random = new Random(19);
        var times = new List<double>();
        for (var page = 0; page < Effort.Of(50, 1000); page++)
        {
            var cursor = $"msg_{random.Next(1, count):D24}";
            var started = TimeProvider.System.GetTimestamp();
            await api.GetAsync($"/v1/threads/{thread}/messages?limit=20&{(page % 2 == 0 ? "after" : "before")}={cursor}");
            times.Add(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
        }

        times.Sort();
        output.WriteLine($"{count} messages: a page of 20 takes {times[times.Count / 2]:0.0} ms, p95 {times[times.Count * 95 / 100]:0.0} ms.");
        Assert.True(!Effort.IsLong || times[times.Count * 95 / 100] < 50);
    }

    private static async Task CopyAsync(TestApp app, string id, int count)
    {
        await using var connection = await app.Database.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = Copies;
        foreach (var (name, value) in new (string, object)[] { ("$id", id), ("$count", count) })
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        Assert.Equal(count, await command.ExecuteNonQueryAsync());
    }
}
