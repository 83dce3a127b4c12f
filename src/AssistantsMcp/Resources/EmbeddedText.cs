namespace AssistantsMcp.Resources;

/// <summary>Texts that are files in the source and part of the program.</summary>
internal static class EmbeddedText
{
    /// <param name="name">The name of the file in the program.</param>
    /// <returns>The text with line feeds, wherever the program was built.</returns>
    public static string Read(string name)
    {
        using var reader = new StreamReader(typeof(EmbeddedText).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
