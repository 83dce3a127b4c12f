using System.Text.Json;
using AssistantsMcp.Engine.Api;

namespace AssistantsMcp.Engine.Execution;

/// <summary>
/// The delta events of a stream. Clients join deltas by appending texts and adding numbers, so ids and names are
/// sent once, in the first delta of their element.
/// </summary>
internal static class RunDeltas
{
    /// <summary>More text of a message.</summary>
    /// <param name="messageId">The message.</param>
    /// <param name="index">The part's place in the content.</param>
    /// <param name="isRefusal">Whether the part is a refusal.</param>
    /// <param name="isFirst">Whether the part begins with this delta.</param>
    /// <param name="text">What is new.</param>
    public static RunEvent Text(string messageId, int index, bool isRefusal, bool isFirst, string text) =>
        Delta("thread.message.delta", messageId, writer =>
        {
            writer.WriteStartArray("content");
            writer.WriteStartObject();
            writer.WriteNumber("index", index);
            writer.WriteString("type", isRefusal ? "refusal" : "text");
            if (isRefusal)
            {
                writer.WriteString("refusal", text);
            }
            else
            {
                writer.WriteStartObject("text");
                writer.WriteString("value", text);
                if (isFirst)
                {
                    writer.WriteStartArray("annotations");
                    writer.WriteEndArray();
                }

                writer.WriteEndObject();
            }

            writer.WriteEndObject();
            writer.WriteEndArray();
        });

    /// <summary>A function call begins.</summary>
    public static RunEvent FunctionCall(string stepId, int index, string callId, string name) =>
        ToolCallDelta(stepId, index, callId, writer =>
        {
            writer.WriteString("name", name);
            writer.WriteString("arguments", "");
            writer.WriteNull("output");
        });

    /// <summary>More of a function call's arguments.</summary>
    public static RunEvent Arguments(string stepId, int index, string fragment) =>
        ToolCallDelta(stepId, index, callId: null, writer => writer.WriteString("arguments", fragment));

    private static RunEvent ToolCallDelta(string stepId, int index, string? callId, Action<Utf8JsonWriter> writeFunction) =>
        Delta("thread.run.step.delta", stepId, writer =>
        {
            writer.WriteStartObject("step_details");
            writer.WriteString("type", "tool_calls");
            writer.WriteStartArray("tool_calls");
            writer.WriteStartObject();
            writer.WriteNumber("index", index);
            if (callId is not null)
            {
                writer.WriteString("id", callId);
            }

            writer.WriteString("type", "function");
            writer.WriteStartObject("function");
            writeFunction(writer);
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteEndArray();
            writer.WriteEndObject();
        });

    private static RunEvent Delta(string name, string id, Action<Utf8JsonWriter> write) =>
        new(name, EngineJson.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("id", id);
            writer.WriteString("object", name);
            writer.WriteStartObject("delta");
            write(writer);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }));
}
