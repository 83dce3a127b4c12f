using AssistantsMcp.Tools;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace AssistantsMcp.Transport;

/// <summary>
/// Settles which tools a request gets to see. Its address and its headers can hide tools that the operator shows, and
/// never show those that the operator hides.
/// </summary>
internal sealed class ToolsOfRequest(RequestDelegate next, OperatorTools server)
{
    private const string HeaderPrefix = "X-MCP-";

    public Task InvokeAsync(HttpContext context)
    {
        var problems = new List<string>();
        var rules = OfAddress(context, problems).Concat(OfHeaders(context, problems)).ToList();
        if (problems.Count == 0 && rules.Count == 0)
        {
            return next(context);
        }

        var selection = server.Selection.With(rules);
        if (problems.Count == 0 && !selection.Names.Any())
        {
            problems.Add($"{string.Join(", ", rules.Select(rule => rule.Parameter))}: this leaves no tool. Hide fewer of those that the operator shows: {string.Join(", ", server.Selection.Names)}.");
        }

        if (problems.Count > 0)
        {
            var text = context.Features.GetRequiredFeature<ApiKeyFeature>().Redact(string.Join(' ', problems));
            return JsonRpcError.WriteAsync(context, StatusCodes.Status400BadRequest, JsonRpcError.InvalidParams, text);
        }

        context.Features.Set(selection);
        return next(context);
    }

    private static IReadOnlyList<ToolRule> OfAddress(HttpContext context, List<string> problems)
    {
        if (context.Features.Get<HiddenQueryFeature>() is not { } query)
        {
            return [];
        }

        var given = QueryHelpers.ParseQuery(query.Text);
        return Read(ToolParameters.OfAddress, given.Keys, name => given.GetValueOrDefault(name), problems);
    }

    private static IReadOnlyList<ToolRule> OfHeaders(HttpContext context, List<string> problems)
    {
        var headers = context.Request.Headers;
        var given = headers.Keys.Where(name => name.StartsWith(HeaderPrefix, StringComparison.OrdinalIgnoreCase)).ToList();
        return given.Count == 0 ? [] : Read(ToolParameters.OfHeaders, given, name => headers[name], problems);
    }

    private static IReadOnlyList<ToolRule> Read(ToolParameters names, IEnumerable<string> given, Func<string, StringValues> valuesOf, List<string> problems)
    {
        if (given.Any(name => !names.All.Contains(name, StringComparer.OrdinalIgnoreCase) && ToolParameters.Resemble(name)))
        {
            problems.Add($"A name resembles one of those that hide tools, and is none of them: {string.Join(", ", names.All)}.");
        }

        return ToolRules.Read(names, problems, name => valuesOf(name) is { Count: > 0 } values ? values.ToString() : null);
    }
}

/// <summary>The query of the MCP endpoint, which nothing else gets to see: it may hold a key.</summary>
internal sealed class HiddenQueryFeature(string text)
{
    public string Text { get; } = text;
}
