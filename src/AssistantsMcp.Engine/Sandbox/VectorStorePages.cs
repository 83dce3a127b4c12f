using System.Text.Json;
using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Engine.Sandbox;

/// <summary>The pages that are no lists of objects: what a search found, and what a file says. Each is the only one.</summary>
internal static class VectorStorePages
{
    public static ReadOnlyMemory<byte> OfHits(IEnumerable<string> queries, IEnumerable<SandboxSearchHit> hits) => EngineJson.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("object", "vector_store.search_results.page");
        writer.WriteStartArray("search_query");
        foreach (var query in queries)
        {
            writer.WriteStringValue(query);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("data");
        foreach (var hit in hits)
        {
            writer.WriteStartObject();
            writer.WriteString("file_id", hit.FileId);
            writer.WriteString("filename", hit.Filename);
            writer.WriteNumber("score", hit.Score);
            writer.WritePropertyName("attributes");
            hit.Attributes.WriteTo(writer);
            writer.WriteStartArray("content");
            WriteText(writer, hit.Text);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        WriteEnd(writer);
    });

    public static ReadOnlyMemory<byte> OfContent(IEnumerable<string> passages) => EngineJson.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("object", "vector_store.file_content.page");
        writer.WriteStartArray("data");
        foreach (var passage in passages)
        {
            WriteText(writer, passage);
        }

        WriteEnd(writer);
    });

    private static void WriteText(Utf8JsonWriter writer, string text)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "text");
        writer.WriteString("text", text);
        writer.WriteEndObject();
    }

    private static void WriteEnd(Utf8JsonWriter writer)
    {
        writer.WriteEndArray();
        writer.WriteBoolean("has_more", false);
        writer.WriteNull("next_page");
        writer.WriteEndObject();
    }
}
