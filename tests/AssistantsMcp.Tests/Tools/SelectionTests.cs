using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using AssistantsMcp.Tools;
using ModelContextProtocol.Protocol;
using Xunit.Abstractions;

namespace AssistantsMcp.Tests.Tools;

/// <summary>
/// Whether a reader of the published tools finds the right one for what a user says. A change of wording that makes two
/// tools hard to tell apart shows here.
/// </summary>
public sealed class SelectionTests(ITestOutputHelper output)
{
    /// <summary>How many of the sentences may lead to another tool first. It may only fall.</summary>
    private const int MostMisses = 2;

    /// <summary>How alike the purposes of two tools with the same ids may be, from 0 to 1.</summary>
    private const double MostAlike = 0.65;

    private static readonly Tool[] _tools = [.. ToolCatalog.All.Select(tool => tool.ProtocolTool)];
    private static readonly Sentence[] _sentences = JsonSerializer.Deserialize<Sentence[]>(File.ReadAllText(SelectionPath()), JsonSerializerOptions.Web)!;

    [Fact]
    public void Selection_HoldsEnoughOfEveryTool()
    {
        Assert.True(_sentences.DistinctBy(sentence => sentence.Say).Count() >= 60);
        Assert.All(_tools, tool => Assert.True(_sentences.Count(sentence => sentence.Tool == tool.Name) >= 2, tool.Name));
    }

    [Fact]
    public void RightTool_RanksFirst()
    {
        var misses = Misses();

        output.WriteLine($"Selection: the right tool ranks first for {_sentences.Length - misses.Count} of {_sentences.Length} sentences.");
        Assert.True(misses.Count <= MostMisses, string.Join('\n', misses));
    }

    [Fact]
    public void RightTool_IsAmongTheFirstThree()
    {
        var ranking = new ToolRanking(_tools);

        Assert.All(_sentences, sentence => Assert.Contains(sentence.Tool, ranking.Rank(sentence.Say).Take(3).Select(tool => tool.Name)));
    }

    [Fact]
    public void Arguments_FitThePublishedSchema() =>
        Assert.All(_sentences, sentence => Assert.Empty(ArgumentSchema.Faults(Find(sentence.Tool).InputSchema, sentence.Arguments)));

    [Fact]
    public void PurposesOfTools_Differ()
    {
        var (tool, other, likeness) = new ToolRanking(_tools).MostAlike();

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Selection: {tool} and {other} are most alike, by {likeness:0.00}."));
        Assert.True(likeness <= MostAlike, $"{tool} and {other} are alike by {likeness}.");
    }

    /// <summary>That a change for the worse is noticed: each tool in turn says what another one with the same ids says.</summary>
    [Fact]
    public void ToolThatSaysWhatAnotherSays_IsNoticed()
    {
        var pairs = from blurred in _tools
                    from other in _tools
                    where blurred != other && Required(blurred).SetEquals(Required(other))
                    select (blurred, other);

        Assert.All(pairs, pair =>
        {
            var ranking = new ToolRanking(_tools.Select(tool => tool == pair.blurred ? Saying(tool, pair.other.Description) : tool));

            Assert.True(ranking.MostAlike().Likeness > MostAlike, $"{pair.blurred.Name} with the words of {pair.other.Name}");
        });

        static Tool Saying(Tool tool, string? description) => new() { Name = tool.Name, Title = tool.Title, Description = description, InputSchema = tool.InputSchema };

        static HashSet<string> Required(Tool tool) =>
            tool.InputSchema.TryGetProperty("required", out var names) ? [.. names.EnumerateArray().Select(name => name.GetString()!)] : [];
    }

    [Fact]
    public void ArgumentsThatDoNotFit_AreNoticed()
    {
        var schema = Find("assistant-list").InputSchema;

        Assert.Empty(ArgumentSchema.Faults(schema, JsonElement.Parse("""{"limit":5,"order":"asc"}""")));
        Assert.Contains("maximum", Assert.Single(ArgumentSchema.Faults(schema, JsonElement.Parse("""{"limit":1000}"""))), StringComparison.Ordinal);
        Assert.Contains("enum", Assert.Single(ArgumentSchema.Faults(schema, JsonElement.Parse("""{"order":"up"}"""))), StringComparison.Ordinal);
        Assert.Contains("additionalProperties", Assert.Single(ArgumentSchema.Faults(schema, JsonElement.Parse("""{"page":2}"""))), StringComparison.Ordinal);
        Assert.Contains("required", Assert.Single(ArgumentSchema.Faults(Find("thread-get").InputSchema, JsonElement.Parse("{}"))), StringComparison.Ordinal);
    }

    private static List<string> Misses()
    {
        var ranking = new ToolRanking(_tools);
        return
        [
            .. from sentence in _sentences
               let ranks = ranking.Rank(sentence.Say)
               where ranks[0].Name != sentence.Tool
               select $"{sentence.Say} leads to {string.Join(", ", ranks.Take(3).Select(tool => $"{tool.Name} ({tool.Score:0.0})"))} instead of {sentence.Tool}.",
        ];
    }

    private static Tool Find(string name) => _tools.Single(tool => tool.Name == name);

    private static string SelectionPath([CallerFilePath] string thisFile = "") => Path.Combine(Path.GetDirectoryName(thisFile)!, "selection.json");

    /// <param name="Say">What the user says.</param>
    /// <param name="Tool">What it should lead to.</param>
    /// <param name="Arguments">What the tool should be called with.</param>
    private sealed record Sentence(string Say, string Tool, JsonElement Arguments);
}
