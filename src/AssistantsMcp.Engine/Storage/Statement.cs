namespace AssistantsMcp.Engine.Storage;

/// <summary>A statement that asks for nothing, with its values.</summary>
/// <param name="Sql">A constant.</param>
/// <param name="Values">Its parameters by name, always the same names in the same order; null is stored as NULL.</param>
internal readonly record struct Statement(string Sql, params (string Name, object? Value)[] Values);
