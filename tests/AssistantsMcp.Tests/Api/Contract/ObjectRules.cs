using System.Text.Json;

namespace AssistantsMcp.Tests.Api.Contract;

/// <summary>Which fields of an object go together: a status with its moment, its reason and its usage, a list with its cursors.</summary>
internal static class ObjectRules
{
    private static readonly string[] _overRuns = ["completed", "failed", "cancelled", "incomplete", "expired"];

    /// <summary>What does not go together; nothing where the object is no object of these kinds, or lacks a field.</summary>
    public static IEnumerable<string> Faults(string place, JsonElement value)
    {
        var rules = place switch
        {
            "RunObject" => OfRun(value),
            "RunStepObject" => OfStep(value),
            "MessageObject" => OfMessage(value),
            _ when place.StartsWith("List", StringComparison.Ordinal) => OfList(value),
            _ => [],
        };
        return rules.Where(rule => rule.IsSet != rule.IsExpected).Select(rule => $"{(rule.IsSet ? "has" : "lacks")} {rule.Field} as {Text(value, "status")}");
    }

    private static IEnumerable<Rule> OfRun(JsonElement run)
    {
        var status = Text(run, "status");
        yield return Of(run, "required_action", status == "requires_action");
        yield return Of(run, "last_error", status == "failed");
        yield return Of(run, "failed_at", status == "failed");
        yield return Of(run, "cancelled_at", status == "cancelled");
        yield return Of(run, "completed_at", status is "completed" or "incomplete");
        yield return Of(run, "incomplete_details", status == "incomplete");
        yield return Of(run, "usage", _overRuns.Contains(status));
        yield return Of(run, "expires_at", status == "expired" || !_overRuns.Contains(status));
        if (status is "in_progress" or "requires_action" or "completed" or "incomplete")
        {
            yield return Of(run, "started_at", true);
        }
    }

    private static IEnumerable<Rule> OfStep(JsonElement step)
    {
        var status = Text(step, "status");
        yield return Of(step, "completed_at", status == "completed");
        yield return Of(step, "cancelled_at", status == "cancelled");
        yield return Of(step, "failed_at", status == "failed");
        yield return Of(step, "last_error", status == "failed");
        yield return Of(step, "expired_at", status == "expired");
        yield return Of(step, "usage", status != "in_progress");
    }

    private static IEnumerable<Rule> OfMessage(JsonElement message)
    {
        var status = Text(message, "status");
        yield return Of(message, "completed_at", status == "completed");
        yield return Of(message, "incomplete_at", status == "incomplete");
        yield return Of(message, "incomplete_details", status == "incomplete");
    }

    private static IEnumerable<Rule> OfList(JsonElement list)
    {
        if (list.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array)
        {
            var ids = data.EnumerateArray().Select(item => Text(item, "id")).ToList();
            yield return new Rule("object 'list'", Text(list, "object") == "list", true);
            yield return new Rule("the first item's first_id", Text(list, "first_id") == ids.FirstOrDefault(), true);
            yield return new Rule("the last item's last_id", Text(list, "last_id") == ids.LastOrDefault(), true);
        }
    }

    private static Rule Of(JsonElement value, string field, bool isExpected) =>
        new(field, value.TryGetProperty(field, out var found) && found.ValueKind != JsonValueKind.Null, isExpected);

    private static string? Text(JsonElement value, string field) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(field, out var found) && found.ValueKind == JsonValueKind.String ? found.GetString() : null;

    private sealed record Rule(string Field, bool IsSet, bool IsExpected);
}
