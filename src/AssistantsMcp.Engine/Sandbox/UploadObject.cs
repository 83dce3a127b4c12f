using System.Text.Json;
using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Engine.Sandbox;

/// <summary>A file that is sent in parts, on the wire.</summary>
internal sealed record UploadObject
{
    public const string Pending = "pending";

    private const int LifetimeSeconds = 3600;

    public required string Id { get; init; }

    public string Object { get; } = "upload";

    /// <summary>Size of the whole file, as announced.</summary>
    public required long Bytes { get; init; }

    /// <summary>Unix seconds.</summary>
    public required long CreatedAt { get; init; }

    public required string Filename { get; init; }

    public required string Purpose { get; init; }

    /// <summary><c>pending</c>, <c>completed</c>, <c>cancelled</c> or <c>expired</c>.</summary>
    public string Status { get; init; } = Pending;

    /// <summary>Unix seconds: an hour after its creation.</summary>
    public required long ExpiresAt { get; init; }

    /// <summary>The file, once the upload is completed.</summary>
    public JsonElement? File { get; init; }

    public static UploadObject Create(RequestBody request, DateTimeOffset now) => new()
    {
        Id = ObjectId.NewUpload(),
        Bytes = request.Number("bytes")!.Value,
        CreatedAt = now.ToUnixTimeSeconds(),
        Filename = request.Text("filename")!,
        Purpose = request.Text("purpose")!,
        ExpiresAt = now.ToUnixTimeSeconds() + LifetimeSeconds,
    };

    /// <summary>The upload as it is at a moment: one that was left alone for too long is expired.</summary>
    public UploadObject At(DateTimeOffset now) =>
        Status == Pending && ExpiresAt <= now.ToUnixTimeSeconds() ? this with { Status = "expired" } : this;
}
