using System.Text.Json;
using System.Text.Json.Serialization;

namespace AssistantsMcp.Faults.Recording;

/// <summary>Something that happened, as it stands in the file: one line of JSON. Moments are milliseconds since the history began.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "what")]
[JsonDerivedType(typeof(ClientCall), "client_call")]
[JsonDerivedType(typeof(ModelCall), "model_call")]
[JsonDerivedType(typeof(ModelAnswer), "model_answer")]
[JsonDerivedType(typeof(NemesisAct), "nemesis")]
internal abstract record HistoryEntry;

/// <summary>A client's call and its answer.</summary>
/// <param name="From">When it was sent.</param>
/// <param name="To">When the answer was there, or its client gave up.</param>
/// <param name="Key">Whose call it is.</param>
/// <param name="Method">Its method.</param>
/// <param name="Path">Path and query.</param>
/// <param name="Body">What was sent.</param>
/// <param name="Status">The answer's status; null when none came, so that nobody knows what the call did.</param>
/// <param name="Answer">The answer's JSON.</param>
/// <param name="IdempotencyKey">What the call was marked with, so that it can be repeated.</param>
/// <param name="RetryAfter">After how many seconds the answer says to try again.</param>
internal sealed record ClientCall(
    double From,
    double To,
    string Key,
    string Method,
    string Path,
    JsonElement? Body,
    int? Status,
    JsonElement? Answer,
    string? IdempotencyKey = null,
    double? RetryAfter = null)
    : HistoryEntry
{
    [JsonIgnore]
    public bool IsOk => Status == 200;

    /// <summary>The path without its query.</summary>
    [JsonIgnore]
    public string Place => Path.Split('?')[0];
}

/// <summary>The model was asked for one turn of the run with this marker.</summary>
internal sealed record ModelCall(double At, string Marker, int Turn) : HistoryEntry;

/// <summary>The model is about to end a turn as completed.</summary>
/// <param name="At">When.</param>
/// <param name="Marker">The run's marker.</param>
/// <param name="Turn">Which turn of the run it is, from 0.</param>
/// <param name="Text">The whole text that it wrote; null where it called a function instead.</param>
internal sealed record ModelAnswer(double At, string Marker, int Turn, string? Text) : HistoryEntry;

/// <summary>A fault was brought about.</summary>
internal sealed record NemesisAct(double At, string Act) : HistoryEntry;
