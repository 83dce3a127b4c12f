using AssistantsMcp.Engine.Schemas;

namespace AssistantsMcp.Engine.Files;

/// <summary>The parameters of the list of files.</summary>
internal static class FileSchemas
{
    /// <summary>Most files on a page, and as many as a caller gets who does not say.</summary>
    public const int LongestList = 10_000;

    /// <summary>Parameters of the list of files.</summary>
    public static readonly ObjectSchema List = Fields.Object(
        [
            new("limit", new NumberSchema { Whole = true, Minimum = 1, Maximum = LongestList }),
            new("order", new TextSchema { Values = ["asc", "desc"] }),
            new("after", new TextSchema { Pattern = Fields.IdPattern }),
        ]);
}
