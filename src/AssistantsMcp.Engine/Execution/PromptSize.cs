using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using AssistantsMcp.Engine.Models;

namespace AssistantsMcp.Engine.Execution;

/// <summary>
/// How large a prompt is, in bytes of UTF-8: what stands in for a tokenizer, because every model has its own. A run's
/// earlier turns tell how many tokens a byte was really worth.
/// </summary>
internal static class PromptSize
{
    /// <summary>Of text in most languages, and rather too many than too few.</summary>
    public const double BytesPerToken = 3.5;

    /// <summary>Role and punctuation around a message.</summary>
    private const int Envelope = 16;

    /// <summary>A picture costs what it shows and not what its address is long: about a thousand tokens.</summary>
    private const int Picture = 3500;

    /// <summary>All of a request except the thread's messages: instructions, tools, and what the run's earlier turns brought.</summary>
    public static long OfRest(ModelRequest request) =>
        Of(request.Instructions)
        + request.Tools.Sum(Of)
        + request.Items.Sum(Of)
        + (request.ResponseFormat is { } format ? Of(format) : 0);

    public static long OfMessage(JsonElement message) => Envelope + message.Elements("content").Sum(part => part.Text("type") switch
    {
        "text" => Of(part.Find("text")?.Text("value")),
        "refusal" => Of(part.Text("refusal")),
        _ => Picture,
    });

    private static long Of(string? text) => text is null ? 0 : Encoding.UTF8.GetByteCount(text);

    private static long Of(JsonElement json) => JsonMarshal.GetRawUtf8Value(json).Length;
}
