namespace AssistantsMcp.Resources;

/// <summary>Texts that are files in the source and part of the program.</summary>
internal static class EmbeddedText
{
    /// <param name="name">The path of the file within the project.</param>
    public static string Read(string name)
    {
        using var reader = new StreamReader(typeof(EmbeddedText).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
