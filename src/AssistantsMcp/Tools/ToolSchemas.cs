using System.Text.RegularExpressions;
using AssistantsMcp.Engine.Schemas;

namespace AssistantsMcp.Tools;

/// <summary>Where the arguments of tools differ from the bodies of REST requests; everything else is shared.</summary>
internal static partial class ToolSchemas
{
    /// <summary>A tool may leave out the model: the server has a default.</summary>
    public static ObjectSchema CreateAssistant { get; } = RequestSchemas.CreateAssistant.Without("model");

    /// <summary>A tool may leave out the role: it is the user who speaks.</summary>
    public static ObjectSchema CreateMessage { get; } = RequestSchemas.CreateMessage.Without("role");

    /// <summary>A tool's result is one object: it cannot stream. Its ids say where they come from.</summary>
    public static ObjectSchema CreateRun { get; } = WithoutStream(RequestSchemas.CreateRun)
        .WithId("assistant_id", "Id of the assistant that answers, asst_…, from assistant-create or assistant-list.");

    /// <inheritdoc cref="CreateRun"/>
    public static ObjectSchema SubmitToolOutputs { get; } = WithoutStream(RequestSchemas.SubmitToolOutputs);

    /// <summary>The argument of tools that would do again what is called again; it becomes a header.</summary>
    public const string IdempotencyKey = "idempotency_key";

    /// <summary>The same object with <see cref="IdempotencyKey"/> as its last field.</summary>
    public static ObjectSchema WithIdempotencyKey(this ObjectSchema schema) => new()
    {
        Properties = new OrderedDictionary<string, Schema>(
        [
            .. schema.Properties,
            new(IdempotencyKey, new TextSchema
            {
                Description = "Makes it safe to repeat this call when its outcome is unknown: choose a new key, such as a UUID; "
                    + "repeated within 24 hours with the same key and arguments, the call returns the first result and does nothing again.",
                MaxLength = 255,
                Pattern = new TextPattern(PrintableAscii(), "^[ -~]+$", "expected 1 to 255 printable ASCII characters."),
            }),
        ]),
        Required = schema.Required,
    };

    /// <summary>The same object with an id as its first field, required.</summary>
    public static ObjectSchema WithId(this ObjectSchema schema, string name, string description) => new()
    {
        Properties = new OrderedDictionary<string, Schema>(
        [
            new(name, new TextSchema { Description = description, Pattern = RequestSchemas.IdPattern }),
            .. schema.Properties.Where(field => field.Key != name),
        ]),
        Required = [name, .. schema.Required.Where(required => required != name)],
    };

    [GeneratedRegex(@"^[ -~]+\z")]
    private static partial Regex PrintableAscii();

    private static ObjectSchema WithoutStream(ObjectSchema schema) => new()
    {
        Properties = new OrderedDictionary<string, Schema>(schema.Properties.Where(field => field.Key != "stream")),
        Required = schema.Required,
    };
}
