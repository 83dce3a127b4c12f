using System.Text.Json;
using AssistantsMcp.Faults.Recording;

namespace AssistantsMcp.Faults.Checking;

/// <summary>A history, sorted by what the rules ask of it.</summary>
internal sealed class Evidence
{
    public Evidence(IReadOnlyList<HistoryEntry> history)
    {
        Calls = [.. history.OfType<ClientCall>().OrderBy(call => call.From)];
        ModelCalls = [.. history.OfType<ModelCall>()];
        Answers = history.OfType<ModelAnswer>().ToLookup(answer => answer.Marker);
        Created = [.. Calls.Where(IsCreation).Select(call => new Sight(call, call.Answer!.Value))];
        Listings = [.. Calls.Where(call => IsList(call) && !call.Path.Contains("after=", StringComparison.Ordinal)).Select(ReadOn)];
        Sights = [.. Calls.Where(call => call.IsOk).SelectMany(Seen)];
        LastListings = Listings.Where(list => list.IsComplete).GroupBy(list => list.Place)
            .ToDictionary(lists => lists.Key, lists => lists.OrderBy(list => list.From).Last());
    }

    public IReadOnlyList<ClientCall> Calls { get; }

    public IReadOnlyList<ModelCall> ModelCalls { get; }

    /// <summary>The turns that the model ended as completed, by their run's marker.</summary>
    public ILookup<string, ModelAnswer> Answers { get; }

    /// <summary>The objects whose creation was acknowledged.</summary>
    public IReadOnlyList<Sight> Created { get; }

    /// <summary>Every object in every answer.</summary>
    public IReadOnlyList<Sight> Sights { get; }

    /// <summary>Every list that was read, with all the pages that were read of it.</summary>
    public IReadOnlyList<Listing> Listings { get; }

    /// <summary>Of each list, how it was read last and to its end.</summary>
    public IReadOnlyDictionary<string, Listing> LastListings { get; }

    /// <summary>The runs as they were seen last.</summary>
    public IEnumerable<Sight> LastRuns => Sights.Where(sight => sight.Kind == "thread.run").GroupBy(sight => sight.Id).Select(sights => sights.MaxBy(sight => sight.Call.From)!);

    private static bool IsCreation(ClientCall call) =>
        call is { IsOk: true, Method: "POST" } && call.Place.Split('/')[^1] is "assistants" or "threads" or "messages" or "runs";

    private static bool IsList(ClientCall call) =>
        call is { IsOk: true, Method: "GET" } && call.Answer is { } answer && answer.GetProperty("object").GetString() == "list";

    private static IEnumerable<Sight> Seen(ClientCall call) => IsList(call)
        ? call.Answer!.Value.GetProperty("data").EnumerateArray().Select(seen => new Sight(call, seen))
        : [new Sight(call, call.Answer!.Value)];

    /// <summary>Finds the pages that a reader asked for after the first one.</summary>
    private Listing ReadOn(ClientCall first)
    {
        var pages = new List<ClientCall> { first };
        while (pages[^1].Answer!.Value is var page && page.GetProperty("has_more").GetBoolean())
        {
            var rest = $"after={page.GetProperty("last_id").GetString()}";
            if (Calls.FirstOrDefault(call => call.IsOk && call.Path == $"{first.Path}&{rest}" && call.From >= pages[^1].To) is not { } next)
            {
                return new Listing(pages, IsComplete: false);
            }

            pages.Add(next);
        }

        return new Listing(pages, IsComplete: true);
    }
}

/// <summary>An object as an answer showed it.</summary>
internal sealed record Sight(ClientCall Call, JsonElement Object)
{
    public string Id => Object.GetProperty("id").GetString()!;

    public string Kind => Object.GetProperty("object").GetString()!;

    /// <summary>The status of a run, a step or a run's message.</summary>
    public string? Status => Object.TryGetProperty("status", out var status) ? status.GetString() : null;

    public bool HasEnded => Status is "completed" or "failed" or "cancelled" or "expired" or "incomplete";

    /// <summary>What ties a run to the calls of the model; null for runs that no client named.</summary>
    public string? Marker => Object.GetProperty("metadata").TryGetProperty("marker", out var marker) ? marker.GetString() : null;

    /// <summary>The thread of a message or run.</summary>
    public string Thread => Object.GetProperty("thread_id").GetString()!;

    /// <summary>The run that wrote a message; null for a client's.</summary>
    public string? Run => Object.GetProperty("run_id").GetString();

    public string Text => string.Concat(Object.GetProperty("content").EnumerateArray().Select(part => part.GetProperty("text").GetProperty("value").GetString()));
}

/// <summary>A list as it was read, page by page.</summary>
internal sealed record Listing(IReadOnlyList<ClientCall> Pages, bool IsComplete)
{
    public string Place => Pages[0].Place;

    public double From => Pages[0].From;

    public IReadOnlyList<Sight> Items { get; } =
        [.. Pages.SelectMany(page => page.Answer!.Value.GetProperty("data").EnumerateArray().Select(item => new Sight(page, item)))];

    /// <summary>The ids, oldest first.</summary>
    public IReadOnlyList<string> Ids =>
        [.. Pages[0].Path.Contains("order=asc", StringComparison.Ordinal) ? Items.Select(item => item.Id) : Items.Select(item => item.Id).Reverse()];
}
