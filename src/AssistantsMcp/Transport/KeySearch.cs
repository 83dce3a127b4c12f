using System.Text;
using System.Text.Json;
using AssistantsMcp.Telemetry;

namespace AssistantsMcp.Transport;

/// <summary>
/// Looks for the caller's key in the names, ids and addresses of a message, which the SDK shows in its log and its
/// spans. It does not look at arguments of tools and prompts, which are checked with these, nor at what a client calls
/// itself: on a server that takes any key, somebody may have chosen that for one.
/// </summary>
internal ref struct KeySearch(ApiKeyFeature caller)
{
    private const int None = int.MaxValue;

    private ReadOnlySpan<byte> _section;
    private ReadOnlySpan<byte> _field;
    private int _skipped = None;

    /// <summary>The field that holds the key; null while none does.</summary>
    public string? Found { get; private set; }

    /// <summary>Looks at the token that was read last.</summary>
    public void Look(ref Utf8JsonReader reader)
    {
        var isName = reader.TokenType == JsonTokenType.PropertyName;
        if (isName)
        {
            Enter(ref reader);
        }

        if (_skipped == None && Found is null && (isName || reader.TokenType is JsonTokenType.String or JsonTokenType.Number) && Holds(ref reader, isName))
        {
            Found = FieldName();
        }
    }

    private void Enter(ref Utf8JsonReader reader)
    {
        switch (reader.CurrentDepth)
        {
            case 1:
                _section = reader.ValueSpan;
                _field = [];
                break;
            case 2:
                _field = reader.ValueSpan;
                break;
        }

        if (reader.CurrentDepth <= _skipped)
        {
            _skipped = IsFreeText(ref reader) ? reader.CurrentDepth : None;
        }
    }

    private readonly bool IsFreeText(ref Utf8JsonReader reader) => _section.SequenceEqual("params"u8) && reader.CurrentDepth switch
    {
        2 => reader.ValueTextEquals("arguments"u8) || reader.ValueTextEquals("clientInfo"u8),
        3 => reader.ValueTextEquals("io.modelcontextprotocol/clientInfo"u8),
        _ => false,
    };

    /// <summary>The protocol's own words may be pieces of a key that somebody chose; of its fields only the whole key counts, and no known name does.</summary>
    private readonly bool Holds(ref Utf8JsonReader reader, bool isName)
    {
        if (reader.ValueSpan.Length < (isName ? caller.Key.Length : ApiKeyFeature.ShortestSecret))
        {
            return false;
        }

        var text = reader.TokenType == JsonTokenType.Number ? Encoding.UTF8.GetString(reader.ValueSpan) : reader.GetString()!;
        return isName ? caller.StandsIn(text) : caller.StandsInPartIn(text) && !McpNames.IsKnown(text);
    }

    /// <summary>Names that are long enough to be a secret themselves are not repeated.</summary>
    private readonly string FieldName() => _section.Length >= ApiKeyFeature.ShortestSecret ? "the message"
        : _field.Length is 0 or >= ApiKeyFeature.ShortestSecret ? Encoding.UTF8.GetString(_section)
        : $"{Encoding.UTF8.GetString(_section)}.{Encoding.UTF8.GetString(_field)}";
}
