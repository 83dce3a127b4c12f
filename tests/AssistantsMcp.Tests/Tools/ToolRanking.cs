using System.Text.RegularExpressions;
using ModelContextProtocol.Protocol;

namespace AssistantsMcp.Tests.Tools;

/// <summary>
/// Ranks tools by how well their names, titles, descriptions and arguments fit a sentence: BM25 over stems with a few
/// synonyms, and whether the sentence names the ids that a tool takes. It understands less than a model does, and says
/// the same every time.
/// </summary>
internal sealed partial class ToolRanking
{
    // Source: Robertson and Zaragoza, The Probabilistic Relevance Framework; the customary values.
    private const double Saturation = 1.2;
    private const double LengthWeight = 0.75;

    /// <summary>What is left of a score for each id that the sentence lacks, or that the tool has no use for.</summary>
    private const double MisfitOfId = 0.5;

    private static readonly Dictionary<string, string> _kindsOfIds = new()
    {
        ["asst"] = "assistant", ["thread"] = "thread", ["msg"] = "message", ["run"] = "run", ["step"] = "step",
    };

    private static readonly HashSet<string> _stopWords =
    [
        "a", "an", "and", "are", "as", "at", "be", "by", "did", "do", "does", "for", "from", "have", "has", "i", "in", "into", "is", "it", "its", "me",
        "my", "not", "of", "on", "or", "so", "that", "the", "them", "then", "there", "they", "this", "to", "was", "were", "with", "you", "your",
    ];

    /// <summary>What people say, and the tools' words for it.</summary>
    private static readonly Dictionary<string, string> _synonyms = Expand(
        ("create", "make need new open begin write post add start fresh setup"),
        (Look, "show read look what which give"),
        ("list", "assistants messages runs steps all history page"),
        ("delete", "remove erase throw rid"),
        ("change", "rename switch clear"),
        ("update", "change replace set tag attach"),
        ("cancel", "stop abort"),
        ("submit", "hand results returned"),
        ("thread", "conversation"),
        ("answer", "reply"),
        ("let", "ask run"));

    /// <summary>One thing that is looked at is got, several are listed.</summary>
    private const string Look = "get";

    private readonly IndexedTool[] _tools;
    private readonly double _averageLength;

    public ToolRanking(IEnumerable<Tool> tools)
    {
        _tools = [.. tools.Select(Index)];
        _averageLength = _tools.Average(tool => tool.Length);
    }

    /// <summary>The tools, best first, each with its score.</summary>
    public IReadOnlyList<(string Name, double Score)> Rank(string sentence)
    {
        var ids = Id().Matches(sentence).Select(match => _kindsOfIds[match.Groups[1].Value]).ToHashSet();
        var said = Words(Quote().Replace(sentence, "").Replace("set up", "setup", StringComparison.OrdinalIgnoreCase)).ToList();
        var meant = said.Select(word => _synonyms.GetValueOrDefault(word)).OfType<string>().ToHashSet();
        if (meant.Contains("list"))
        {
            meant.Remove(Look);
        }

        var words = said.Concat(meant).Select(Stem).ToHashSet();
        return
        [
            .. _tools.Select(tool => (tool.Name, Score: words.Sum(word => Score(tool, word)) * Math.Pow(MisfitOfId, tool.Misfits(ids))))
                .OrderByDescending(tool => tool.Score).ThenBy(tool => tool.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>Of tools that take the same ids, the two whose purposes share most of their words, and what share that is (Jaccard's index).</summary>
    public (string Tool, string Other, double Likeness) MostAlike() =>
        (from tool in _tools
         from other in _tools
         where tool != other && tool.RequiredIds.SetEquals(other.RequiredIds)
         let likeness = (double)tool.Purpose.Intersect(other.Purpose).Count() / tool.Purpose.Union(other.Purpose).Count()
         select (tool.Name, other.Name, likeness)).MaxBy(pair => pair.likeness);

    private static IndexedTool Index(Tool tool)
    {
        var arguments = tool.InputSchema.GetProperty("properties").EnumerateObject().Select(argument => argument.Name).ToList();
        var required = tool.InputSchema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(name => name.GetString()!) : [];
        var others = arguments.Where(argument => !argument.EndsWith("_id", StringComparison.Ordinal));
        var stems = Words($"{tool.Name} {tool.Title} {tool.Description} {string.Join(' ', others)}").Select(Stem).ToList();
        var purpose = Words(FirstSentence().Match(tool.Description!).Value).Select(Stem).ToHashSet();
        return new IndexedTool(tool.Name, purpose, stems.CountBy(stem => stem).ToDictionary(), stems.Count, Kinds(required), Kinds(arguments));

        static HashSet<string> Kinds(IEnumerable<string> arguments) =>
            [.. arguments.Where(argument => argument.EndsWith("_id", StringComparison.Ordinal)).Select(argument => argument[..^3])];
    }

    private double Score(IndexedTool tool, string stem)
    {
        if (!tool.Stems.TryGetValue(stem, out var count))
        {
            return 0;
        }

        var holders = _tools.Count(other => other.Stems.ContainsKey(stem));
        var rarity = Math.Log(1 + ((_tools.Length - holders + 0.5) / (holders + 0.5)));
        return rarity * count * (Saturation + 1) / (count + (Saturation * (1 - LengthWeight + (LengthWeight * tool.Length / _averageLength))));
    }

    /// <summary>The words of a text; an id counts as none, and a name as those of its parts.</summary>
    private static IEnumerable<string> Words(string text) =>
        Word().Matches(Id().Replace(text, "").ToLowerInvariant()).Select(match => match.Value).Where(word => !_stopWords.Contains(word));

    /// <summary>Without the endings of English that matter here.</summary>
    private static string Stem(string word) => Ending().Replace(word, "");

    private static Dictionary<string, string> Expand(params IEnumerable<(string Meant, string Said)> synonyms) =>
        synonyms.SelectMany(entry => entry.Said.Split(' ').Select(said => (said, entry.Meant))).DistinctBy(entry => entry.said).ToDictionary();

    [GeneratedRegex(@"\b(asst|thread|msg|run|step)_[A-Za-z0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex Id();

    [GeneratedRegex("\"[^\"]*\"", RegexOptions.CultureInvariant)]
    private static partial Regex Quote();

    /// <summary>It says what a tool is for, and the rest what comes back.</summary>
    [GeneratedRegex(@"^.*?[.;](?=\s|$)", RegexOptions.CultureInvariant)]
    private static partial Regex FirstSentence();

    [GeneratedRegex("[a-z]+", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    [GeneratedRegex("(?<=[a-z]{3})(ing|ion|ed|es|e|s)$", RegexOptions.CultureInvariant)]
    private static partial Regex Ending();

    private sealed record IndexedTool(
        string Name, HashSet<string> Purpose, Dictionary<string, int> Stems, int Length, HashSet<string> RequiredIds, HashSet<string> Ids)
    {
        public int Misfits(HashSet<string> given) => RequiredIds.Except(given).Count() + given.Except(Ids).Count();
    }
}
