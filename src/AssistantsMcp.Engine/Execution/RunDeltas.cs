using System.Text.Json;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Messages;
using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.Runs;

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

    /// <summary>A citation, with what stands for it in the text where that was not written by the model.</summary>
    /// <param name="messageId">The message.</param>
    /// <param name="index">The part's place in the content.</param>
    /// <param name="inserted">The marker, or nothing.</param>
    /// <param name="number">The annotation's place among those of the part.</param>
    /// <param name="annotation">The annotation.</param>
    public static RunEvent Annotation(string messageId, int index, string inserted, int number, Annotation annotation) =>
        Delta("thread.message.delta", messageId, writer =>
        {
            writer.WriteStartArray("content");
            writer.WriteStartObject();
            writer.WriteNumber("index", index);
            writer.WriteString("type", "text");
            writer.WriteStartObject("text");
            writer.WriteString("value", inserted);
            writer.WriteStartArray("annotations");
            annotation.WriteTo(writer, number);
            writer.WriteEndArray();
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteEndArray();
        });

    /// <summary>A picture joins a message.</summary>
    public static RunEvent Picture(string messageId, int index, string fileId) =>
        Delta("thread.message.delta", messageId, writer =>
        {
            writer.WriteStartArray("content");
            writer.WriteStartObject();
            writer.WriteNumber("index", index);
            writer.WriteString("type", "image_file");
            writer.WriteStartObject("image_file");
            writer.WriteString("file_id", fileId);
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteEndArray();
        });

    /// <summary>A function call begins.</summary>
    public static RunEvent FunctionCall(string stepId, int index, string callId, string name) =>
        ToolCallDelta(stepId, index, callId, "function", writer =>
        {
            writer.WriteString("name", name);
            writer.WriteString("arguments", "");
            writer.WriteNull("output");
        });

    /// <summary>More of a function call's arguments.</summary>
    public static RunEvent Arguments(string stepId, int index, string fragment) =>
        ToolCallDelta(stepId, index, callId: null, "function", writer => writer.WriteString("arguments", fragment));

    /// <summary>The model begins to write code.</summary>
    public static RunEvent CodeCall(string stepId, int index, string callId) =>
        ToolCallDelta(stepId, index, callId, "code_interpreter", writer =>
        {
            writer.WriteString("input", "");
            writer.WriteStartArray("outputs");
            writer.WriteEndArray();
        });

    /// <summary>More of the code.</summary>
    public static RunEvent Code(string stepId, int index, string fragment) =>
        ToolCallDelta(stepId, index, callId: null, "code_interpreter", writer => writer.WriteString("input", fragment));

    /// <summary>What came of the code.</summary>
    public static RunEvent CodeOutputs(string stepId, int index, IReadOnlyList<StepCodeOutput> outputs) =>
        ToolCallDelta(stepId, index, callId: null, "code_interpreter", writer =>
        {
            writer.WriteStartArray("outputs");
            foreach (var (number, output) in outputs.Index())
            {
                writer.WriteStartObject();
                writer.WriteNumber("index", number);
                writer.WriteString("type", output.Type);
                if (output.Image is { } image)
                {
                    writer.WriteStartObject("image");
                    writer.WriteString("file_id", image.FileId);
                    writer.WriteEndObject();
                }
                else
                {
                    writer.WriteString("logs", output.Logs);
                }

                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });

    /// <summary>The model begins to search; what it finds is told with the whole step.</summary>
    public static RunEvent SearchCall(string stepId, int index, string callId, StepRanking ranking) =>
        ToolCallDelta(stepId, index, callId, "file_search", writer =>
        {
            writer.WriteStartObject("ranking_options");
            writer.WriteString("ranker", ranking.Ranker);
            writer.WriteVerbatim("score_threshold", ranking.ScoreThreshold);
            writer.WriteEndObject();
            writer.WriteStartArray("results");
            writer.WriteEndArray();
        });

    private static RunEvent ToolCallDelta(string stepId, int index, string? callId, string type, Action<Utf8JsonWriter> writeCall) =>
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

            writer.WriteString("type", type);
            writer.WriteStartObject(type);
            writeCall(writer);
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
