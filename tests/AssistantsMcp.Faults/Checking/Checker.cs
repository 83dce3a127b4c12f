using System.Text.Json;
using AssistantsMcp.Faults.Recording;

namespace AssistantsMcp.Faults.Checking;

/// <summary>What must hold of every history, whatever faults it saw. Each rule names what breaks it.</summary>
internal static class Checker
{
    /// <summary>Everything in a history that must not be; empty when all rules hold.</summary>
    /// <param name="history">What happened.</param>
    /// <param name="mostCallsPerTurn">How often one turn of a run may be asked of the model: once, and once more after a crash.</param>
    public static IReadOnlyList<string> Violations(IReadOnlyList<HistoryEntry> history, int mostCallsPerTurn = 2)
    {
        var evidence = new Evidence(history);
        return
        [
            .. AcknowledgedIsReadable(evidence),
            .. RunsEndOnce(evidence),
            .. IdsAreUnique(evidence),
            .. NothingIsWrittenTwice(evidence),
            .. ListsKeepTheirOrder(evidence),
            .. PagesCoverTheListOnce(evidence),
            .. ModelIsNotAskedTooOften(evidence, mostCallsPerTurn),
            .. CompletedMeansCompleted(evidence),
        ];
    }

    /// <summary>What was acknowledged is found whenever it is looked for afterwards, with the content that was acknowledged.</summary>
    private static IEnumerable<string> AcknowledgedIsReadable(Evidence evidence)
    {
        foreach (var made in evidence.Created)
        {
            var reads = evidence.Calls.Where(call => call.Method == "GET" && call.From > made.Call.To && call.Place.EndsWith($"/{made.Id}", StringComparison.Ordinal)).ToList();
            if (reads.Exists(call => call.Status == 404))
            {
                yield return $"lost: {made.Id} was acknowledged and then not found";
            }

            var list = made.Kind is "thread.message" or "thread.run" ? evidence.LastListings.GetValueOrDefault(PlaceOf(made)) : null;
            var found = list?.Items.FirstOrDefault(item => item.Id == made.Id);
            if (list is not null && list.From > made.Call.To && found is null)
            {
                yield return $"lost: {made.Id} was acknowledged and is missing in {list.Place}";
            }
            else if (found is null && !reads.Exists(call => call.IsOk))
            {
                yield return $"unread: {made.Id} was never looked for";
            }
            else if (made.Kind == "thread.message" && found is not null && !JsonElement.DeepEquals(made.Object, found.Object))
            {
                yield return $"changed: {made.Id} was acknowledged with another content";
            }
        }
    }

    /// <summary>A run reaches one terminal status, stays there, and by the end of the history every run is there.</summary>
    private static IEnumerable<string> RunsEndOnce(Evidence evidence)
    {
        foreach (var sights in evidence.Sights.Where(sight => sight.Kind == "thread.run").GroupBy(sight => sight.Id))
        {
            if (sights.Where(sight => sight.HasEnded).MinBy(sight => sight.Call.To) is not { } ended)
            {
                yield return $"stuck: {sights.Key} never reached a terminal status";
                continue;
            }

            foreach (var later in sights.Where(sight => sight.Status != ended.Status && (sight.HasEnded || sight.Call.From > ended.Call.To)))
            {
                yield return $"twice ended: {sights.Key} was {ended.Status} and then {later.Status}";
            }
        }
    }

    /// <summary>Each creation makes an object of its own; only the repetition of a marked call gets the same one again.</summary>
    private static IEnumerable<string> IdsAreUnique(Evidence evidence)
    {
        foreach (var made in evidence.Created.GroupBy(made => made.Id).Where(made => made.DistinctBy(one => one.Call.IdempotencyKey ?? $"{one.Call.From}").Count() > 1))
        {
            yield return $"id given twice: {made.Key}";
        }

        foreach (var marked in evidence.Created.Where(made => made.Call.IdempotencyKey is not null).GroupBy(made => (made.Call.Key, made.Call.IdempotencyKey)))
        {
            if (marked.DistinctBy(made => made.Id).Count() > 1)
            {
                yield return $"made twice: {marked.Key.IdempotencyKey} made {string.Join(" and ", marked.Select(made => made.Id).Distinct())}";
            }
        }
    }

    /// <summary>No message stands in its thread twice (clients and the model never repeat a text), and no step in its run.</summary>
    private static IEnumerable<string> NothingIsWrittenTwice(Evidence evidence)
    {
        foreach (var list in evidence.LastListings.Values.Where(list => list.Items is [{ Kind: "thread.message" }, ..]))
        {
            foreach (var text in list.Items.Where(item => item.Text != "").GroupBy(item => (item.Run, item.Text)).Where(same => same.DistinctBy(item => item.Id).Count() > 1))
            {
                yield return $"message twice: \"{text.Key.Text}\" in {list.Place}";
            }
        }

        foreach (var list in evidence.LastListings.Values.Where(list => list.Items is [{ Kind: "thread.run.step" }, ..]))
        {
            foreach (var details in list.Items.GroupBy(item => item.Object.GetProperty("step_details").GetRawText()).Where(same => same.DistinctBy(item => item.Id).Count() > 1))
            {
                yield return $"step twice: {details.Key} in {list.Place}";
            }
        }
    }

    /// <summary>Two objects stand in the same order in every reading of their list.</summary>
    private static IEnumerable<string> ListsKeepTheirOrder(Evidence evidence)
    {
        foreach (var (place, last) in evidence.LastListings)
        {
            var positions = last.Ids.Distinct().Index().ToDictionary(item => item.Item, item => item.Index);
            foreach (var earlier in evidence.Listings.Where(list => list.Place == place))
            {
                var seen = earlier.Ids.Where(positions.ContainsKey).Select(id => positions[id]).ToList();
                if (!seen.SequenceEqual(seen.Order()))
                {
                    yield return $"order changed: {place}";
                }
            }
        }
    }

    /// <summary>The pages of a list hold each object once, and a list that was read again to its end misses none of them.</summary>
    private static IEnumerable<string> PagesCoverTheListOnce(Evidence evidence)
    {
        foreach (var list in evidence.Listings.Where(list => list.Ids.Distinct().Count() != list.Ids.Count))
        {
            yield return $"page repeats: {list.Place}";
        }

        foreach (var lists in evidence.Listings.Where(list => list.IsComplete).GroupBy(list => list.Place))
        {
            foreach (var (earlier, later) in lists.OrderBy(list => list.From).Zip(lists.OrderBy(list => list.From).Skip(1)))
            {
                if (later.From > earlier.Pages[^1].To && earlier.Ids.Except(later.Ids).FirstOrDefault() is { } missing)
                {
                    yield return $"page misses: {missing} in {lists.Key}";
                }
            }
        }
    }

    private static IEnumerable<string> ModelIsNotAskedTooOften(Evidence evidence, int most) => evidence.ModelCalls
        .CountBy(call => (call.Marker, call.Turn))
        .Where(calls => calls.Value > most)
        .Select(calls => $"asked too often: {calls.Key.Marker}, turn {calls.Key.Turn}, {calls.Value} times");

    /// <summary>
    /// A completed run saw the model end its answer and has that answer as a message; a completed message is a whole one.
    /// </summary>
    private static IEnumerable<string> CompletedMeansCompleted(Evidence evidence)
    {
        var runs = evidence.LastRuns.Where(run => run.Marker is not null).ToDictionary(run => run.Id);
        foreach (var run in runs.Values.Where(run => run.Status == "completed"))
        {
            var whole = evidence.Answers[run.Marker!].LastOrDefault(answer => answer.Text is not null)?.Text;
            if (whole is null)
            {
                yield return $"completed too early: {run.Id} ({run.Marker})";
            }
            else if (evidence.LastListings.TryGetValue(MessagesOf(run), out var list) && !list.Items.Any(item => item.Run == run.Id && item.Text == whole))
            {
                yield return $"answer lost: {run.Id} ({run.Marker}) is completed without its message";
            }
        }

        foreach (var message in evidence.LastListings.Values.SelectMany(list => list.Items).Where(item => item is { Kind: "thread.message", Run: not null } && item.Status == "completed"))
        {
            if (runs.TryGetValue(message.Run!, out var run) && !evidence.Answers[run.Marker!].Any(answer => answer.Text == message.Text))
            {
                yield return $"partial text: {message.Id} is completed with \"{message.Text}\"";
            }
        }
    }

    private static string PlaceOf(Sight made) => $"/v1/threads/{made.Thread}/{(made.Kind == "thread.run" ? "runs" : "messages")}";

    private static string MessagesOf(Sight run) => $"/v1/threads/{run.Thread}/messages";
}
