namespace AssistantsMcp.Transport;

/// <summary>
/// The result of this request as JSON in UTF-8, written before. The SDK is given an empty one to send, because it would
/// write the same again, token by token; the body of the response puts this in its place.
/// </summary>
internal sealed record WrittenResult(ReadOnlyMemory<byte> Json);
