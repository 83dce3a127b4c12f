using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using AssistantsMcp.Engine.Assistants;
using AssistantsMcp.Engine.Files;
using AssistantsMcp.Engine.HostedTools;
using AssistantsMcp.Engine.Messages;
using AssistantsMcp.Engine.Runs;
using AssistantsMcp.Engine.Sandbox;
using AssistantsMcp.Engine.Threads;

namespace AssistantsMcp.Engine.Api;

/// <summary>The wire's JSON: <c>snake_case</c>, nulls written, no escaping beyond what JSON needs.</summary>
internal static class EngineJson
{
    private static readonly EngineJsonContext _context = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    private static readonly JsonWriterOptions _writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static readonly JsonElement EmptyObject = JsonElement.Parse("{}"u8);

    public static readonly JsonElement EmptyArray = JsonElement.Parse("[]"u8);

    public static readonly JsonElement Auto = JsonElement.Parse("\"auto\""u8);

    /// <summary>1, as the wire shows it in temperature and top_p.</summary>
    public static readonly JsonElement One = JsonElement.Parse("1.0"u8);

    public static byte[] Write(AssistantObject value) => JsonSerializer.SerializeToUtf8Bytes(value, _context.AssistantObject);

    public static byte[] Write(ThreadObject value) => JsonSerializer.SerializeToUtf8Bytes(value, _context.ThreadObject);

    public static byte[] Write(MessageObject value) => JsonSerializer.SerializeToUtf8Bytes(value, _context.MessageObject);

    public static byte[] Write(RunObject value) => JsonSerializer.SerializeToUtf8Bytes(value, _context.RunObject);

    public static byte[] Write(RunStepObject value) => JsonSerializer.SerializeToUtf8Bytes(value, _context.RunStepObject);

    public static byte[] Write(CodeContainerObject value) => JsonSerializer.SerializeToUtf8Bytes(value, _context.CodeContainerObject);

    public static byte[] Write(RunState value) => JsonSerializer.SerializeToUtf8Bytes(value, _context.RunState);

    public static byte[] Write(FileObject value) => JsonSerializer.SerializeToUtf8Bytes(value, _context.FileObject);

    public static byte[] Write(VectorStoreObject value) => JsonSerializer.SerializeToUtf8Bytes(value, _context.VectorStoreObject);

    public static byte[] Write(VectorStoreFileObject value) => JsonSerializer.SerializeToUtf8Bytes(value, _context.VectorStoreFileObject);

    public static byte[] Write(VectorStoreFileBatchObject value) => JsonSerializer.SerializeToUtf8Bytes(value, _context.VectorStoreFileBatchObject);

    public static byte[] Write(UploadObject value) => JsonSerializer.SerializeToUtf8Bytes(value, _context.UploadObject);

    public static AssistantObject ReadAssistant(byte[] json) => JsonSerializer.Deserialize(json, _context.AssistantObject)!;

    public static ThreadObject ReadThread(byte[] json) => JsonSerializer.Deserialize(json, _context.ThreadObject)!;

    public static MessageObject ReadMessage(byte[] json) => JsonSerializer.Deserialize(json, _context.MessageObject)!;

    public static RunObject ReadRun(byte[] json) => JsonSerializer.Deserialize(json, _context.RunObject)!;

    public static RunStepObject ReadStep(byte[] json) => JsonSerializer.Deserialize(json, _context.RunStepObject)!;

    public static CodeContainerObject ReadCodeContainer(byte[] json) => JsonSerializer.Deserialize(json, _context.CodeContainerObject)!;

    public static RunState ReadState(byte[] json) => JsonSerializer.Deserialize(json, _context.RunState)!;

    public static FileObject ReadFile(byte[] json) => JsonSerializer.Deserialize(json, _context.FileObject)!;

    public static VectorStoreObject ReadVectorStore(byte[] json) => JsonSerializer.Deserialize(json, _context.VectorStoreObject)!;

    public static VectorStoreFileObject ReadVectorStoreFile(byte[] json) => JsonSerializer.Deserialize(json, _context.VectorStoreFileObject)!;

    public static UploadObject ReadUpload(byte[] json) => JsonSerializer.Deserialize(json, _context.UploadObject)!;

    /// <summary>An error body: all four fields, null where there is nothing to say.</summary>
    public static ReadOnlyMemory<byte> WriteError(string message, string type, string? param, string? code) => Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartObject("error");
        writer.WriteString("message", message);
        writer.WriteString("type", type);
        writer.WriteString("param", param);
        writer.WriteString("code", code);
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    /// <summary>JSON made by hand, as an element.</summary>
    public static JsonElement Build(Action<Utf8JsonWriter> write) => JsonElement.Parse(Write(write).Span);

    /// <summary>JSON made by hand, as bytes.</summary>
    public static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, _writing))
        {
            write(writer);
        }

        return buffer.WrittenMemory;
    }
}

[JsonSerializable(typeof(AssistantObject))]
[JsonSerializable(typeof(ThreadObject))]
[JsonSerializable(typeof(MessageObject))]
[JsonSerializable(typeof(RunObject))]
[JsonSerializable(typeof(RunStepObject))]
[JsonSerializable(typeof(RunState))]
[JsonSerializable(typeof(CodeContainerObject))]
[JsonSerializable(typeof(FileObject))]
[JsonSerializable(typeof(VectorStoreObject))]
[JsonSerializable(typeof(VectorStoreFileObject))]
[JsonSerializable(typeof(VectorStoreFileBatchObject))]
[JsonSerializable(typeof(UploadObject))]
internal sealed partial class EngineJsonContext : JsonSerializerContext;
