using System.ClientModel;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AssistantsMcp.Tools;

/// <summary>
/// The arguments of a call as the request they stand for. What was given is sent as it was given, null included; what
/// was not given stays absent, because absent keeps a value where null clears it.
/// </summary>
internal static class ToolBody
{
    /// <summary>The request's fields as a JSON object.</summary>
    /// <param name="call">The call.</param>
    /// <param name="defaults">Fields to add when they are not given.</param>
    public static BinaryContent ToBody(this RequestContext<CallToolRequestParams> call, params ReadOnlySpan<(string Name, string Value)> defaults) =>
        ToBody(call, isStream: false, defaults);

    /// <summary>The same request, answered by a stream of events.</summary>
    public static BinaryContent ToStreamBody(this RequestContext<CallToolRequestParams> call) => ToBody(call, isStream: true, []);

    private static BinaryContent ToBody(RequestContext<CallToolRequestParams> call, bool isStream, ReadOnlySpan<(string Name, string Value)> defaults)
    {
        var fields = RequestArguments(call).ToList();
        using var body = new MemoryStream(capacity: 256 + fields.Sum(field => JsonMarshal.GetRawUtf8Value(field.Value).Length));
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            foreach (var (name, value) in defaults)
            {
                if (call.Params?.Arguments?.ContainsKey(name) is not true)
                {
                    json.WriteString(name, value);
                }
            }

            foreach (var (name, value) in fields)
            {
                json.WritePropertyName(name);
                json.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
            }

            if (isStream)
            {
                json.WriteBoolean("stream", true);
            }

            json.WriteEndObject();
        }

        return BinaryContent.Create(new BinaryData(body.GetBuffer().AsMemory(0, (int)body.Length)));
    }

    /// <summary>The request's fields as a query, with its question mark; empty when there are none.</summary>
    public static string ToQuery(this RequestContext<CallToolRequestParams> call)
    {
        var query = new StringBuilder();
        foreach (var (name, value) in RequestArguments(call))
        {
            if (value.ValueKind == JsonValueKind.Array)
            {
                foreach (var item in value.EnumerateArray())
                {
                    Append($"{name}[]", item);
                }
            }
            else
            {
                Append(name, value);
            }
        }

        return query.ToString();

        void Append(string name, JsonElement value) => query.Append(
            CultureInfo.InvariantCulture, $"{(query.Length == 0 ? '?' : '&')}{name}={Uri.EscapeDataString(value.ToString())}");
    }

    private static IEnumerable<KeyValuePair<string, JsonElement>> RequestArguments(RequestContext<CallToolRequestParams> call)
    {
        var fields = ToolContract.Of(call)!.Request.Properties;
        return (call.Params?.Arguments ?? new Dictionary<string, JsonElement>()).Where(argument => fields.ContainsKey(argument.Key));
    }
}
