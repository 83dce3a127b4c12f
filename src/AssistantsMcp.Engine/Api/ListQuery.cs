using System.Globalization;
using System.Text.Json;
using AssistantsMcp.Engine.Schemas;
using Microsoft.AspNetCore.Http;

namespace AssistantsMcp.Engine.Api;

/// <summary>The parameters of a list: page size, order, cursors (exclusive, relative to the asked order).</summary>
/// <param name="Limit">Items on the page, 1 to 100.</param>
/// <param name="Ascending">Oldest first; newest first by default.</param>
/// <param name="After">The page continues behind this id.</param>
/// <param name="Before">The page ends ahead of this id.</param>
/// <param name="RunId">Only messages which this run wrote.</param>
internal sealed record ListQuery(int Limit, bool Ascending, string? After, string? Before, string? RunId)
{
    private const int DefaultLimit = 20;

    /// <summary>Reads the parameters of a list.</summary>
    /// <param name="request">Parameters that the list does not know are left to whoever understands them.</param>
    /// <param name="parameters">Those that it knows.</param>
    /// <param name="defaultLimit">Size of a page whose size is not asked for.</param>
    /// <exception cref="ApiException">A value is out of its range.</exception>
    public static ListQuery Read(HttpRequest request, ObjectSchema parameters, int defaultLimit = DefaultLimit)
    {
        var query = request.Query;
        return new ListQuery(
            Number("limit") ?? defaultLimit,
            Text("order") == "asc",
            Text("after"),
            Text("before"),
            Text("run_id"));

        string? Text(string name) => parameters.Properties.ContainsKey(name) && query[name] is [{ Length: > 0 } value, ..] ? Checked(name, JsonElement.Parse(Quote(value))).GetString() : null;

        int? Number(string name)
        {
            if (query[name] is not [{ Length: > 0 } value, ..])
            {
                return null;
            }

            var json = long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? JsonElement.Parse(number.ToString(CultureInfo.InvariantCulture))
                : JsonElement.Parse(Quote(value));
            return Checked(name, json).GetInt32();
        }

        JsonElement Checked(string name, JsonElement json) =>
            parameters.Properties[name].Check(json, name) is { } violation ? throw ApiException.Invalid(violation) : json;
    }

    private static string Quote(string value) => $"\"{JsonEncodedText.Encode(value)}\"";
}
