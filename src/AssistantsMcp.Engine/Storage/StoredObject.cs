namespace AssistantsMcp.Engine.Storage;

/// <summary>An object as it is stored: its id and its wire JSON.</summary>
internal sealed record StoredObject(string Id, byte[] Body);

/// <summary>An object about to be stored.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Id">Its id.</param>
/// <param name="Body">Its wire JSON.</param>
/// <param name="Parent">The thread of a message or run, the run of a step; empty for the rest.</param>
/// <param name="RunId">The run that wrote a message; null for messages that clients made.</param>
internal sealed record NewObject(Kind Kind, string Id, byte[] Body, string Parent = "", string? RunId = null);
