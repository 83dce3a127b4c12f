namespace AssistantsMcp.Engine.Storage;

/// <summary>The kinds of object that are stored. The numbers are in databases: they never change.</summary>
internal enum Kind
{
    Assistant = 1,
    Thread = 2,
    Message = 3,
    Run = 4,
    RunStep = 5,
    File = 6,
    VectorStore = 7,
    VectorStoreFile = 8,
    VectorStoreFileBatch = 9,
    Upload = 10,
    UploadPart = 11,

    /// <summary>Where the code of a thread works; never on the wire.</summary>
    CodeContainer = 20,

    /// <summary>The model provider's copy of a file, below that file; never on the wire.</summary>
    FileCopy = 21,
}

internal static class KindExtensions
{
    /// <summary>The kind as the API's texts name it.</summary>
    public static string Noun(this Kind kind) => kind switch
    {
        Kind.Assistant => "assistant",
        Kind.Thread => "thread",
        Kind.Message => "message",
        Kind.Run => "run",
        Kind.RunStep => "run step",
        Kind.File => "file",
        Kind.VectorStore => "vector store",
        Kind.VectorStoreFile => "file in the vector store",
        Kind.VectorStoreFileBatch => "file batch",
        Kind.Upload => "upload",
        _ => "part",
    };
}
