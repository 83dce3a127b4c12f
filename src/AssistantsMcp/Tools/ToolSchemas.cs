using AssistantsMcp.Engine.Schemas;

namespace AssistantsMcp.Tools;

/// <summary>Where the arguments of tools differ from the bodies of REST requests; everything else is shared.</summary>
internal static class ToolSchemas
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

    /// <summary>The same object with further fields, behind its own.</summary>
    public static ObjectSchema Append(this ObjectSchema schema, params IEnumerable<KeyValuePair<string, Schema>> fields) => new()
    {
        Properties = new OrderedDictionary<string, Schema>([.. schema.Properties, .. fields]),
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

    private static ObjectSchema WithoutStream(ObjectSchema schema) => new()
    {
        Properties = new OrderedDictionary<string, Schema>(schema.Properties.Where(field => field.Key != "stream")),
        Required = schema.Required,
    };
}
