using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Engine.Files;

/// <summary>A file on the wire.</summary>
internal sealed record FileObject
{
    public required string Id { get; init; }

    public string Object { get; } = "file";

    /// <summary>Its size.</summary>
    public required long Bytes { get; init; }

    /// <summary>Unix seconds.</summary>
    public required long CreatedAt { get; init; }

    /// <summary>Always null: files kept here do not expire.</summary>
    public long? ExpiresAt { get; init; }

    /// <summary>As its maker named it; a name to show, never a path.</summary>
    public required string Filename { get; init; }

    /// <summary><c>assistants</c>, <c>assistants_output</c> …</summary>
    public required string Purpose { get; init; }

    /// <summary>Always <c>processed</c>. Deprecated by the API, and still required by its schema.</summary>
    public string Status { get; } = "processed";

    public string? StatusDetails { get; init; }

    public static FileObject Create(string filename, string purpose, long bytes, DateTimeOffset now) => new()
    {
        Id = ObjectId.NewFile(),
        Bytes = bytes,
        CreatedAt = now.ToUnixTimeSeconds(),
        Filename = filename,
        Purpose = purpose,
    };
}
