namespace AssistantsMcp.Tests;

/// <summary>An empty folder that goes with all that is in it.</summary>
internal sealed class TestFolder : IDisposable
{
    public string FullName { get; } = Directory.CreateTempSubdirectory("assistants-mcp-").FullName;

    /// <summary>The path of a file in it.</summary>
    public string PathOf(string file) => Path.Combine(FullName, file);

    public void Dispose() => Directory.Delete(FullName, recursive: true);
}
