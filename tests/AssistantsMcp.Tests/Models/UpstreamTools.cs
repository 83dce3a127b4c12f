using static AssistantsMcp.Tests.Models.Upstream;

namespace AssistantsMcp.Tests.Models;

/// <summary>The tools that a back end runs itself, as OpenAI streams them: items, their events, and what a message cites.</summary>
/// <remarks>Source: Responses API, objects <c>code_interpreter_call</c> and <c>file_search_call</c>, streaming events.</remarks>
internal static class UpstreamTools
{
    /// <summary>All events of one code interpreter call: the code in pieces, the program's run, its outputs.</summary>
    /// <param name="code">The pieces of the program.</param>
    /// <param name="outputs">Made with <see cref="Logs"/> and <see cref="Image"/>; none when the outputs were not asked for.</param>
    /// <param name="id">The item.</param>
    /// <param name="index">Its place in the output.</param>
    /// <param name="container">Where it ran.</param>
    public static string[] CodeInterpreter(string[] code, string[]? outputs = null, string id = "ci_a", int index = 0, string container = "cntr_a") =>
    [
        Added(CodeCall("", null, id, "in_progress", container), index),
        ToolEvent("code_interpreter_call.in_progress", id, index),
        .. code.Select(piece => ToolEvent("code_interpreter_call_code.delta", id, index, $",\"delta\":{Quote(piece)}")),
        ToolEvent("code_interpreter_call_code.done", id, index, $",\"code\":{Quote(string.Concat(code))}"),
        ToolEvent("code_interpreter_call.interpreting", id, index),
        ToolEvent("code_interpreter_call.completed", id, index),
        Done(CodeCall(string.Concat(code), outputs, id, "completed", container), index),
    ];

    public static string CodeCall(string code, string[]? outputs = null, string id = "ci_a", string status = "completed", string container = "cntr_a") =>
        $$"""{"id":"{{id}}","type":"code_interpreter_call","status":"{{status}}","code":{{Quote(code)}},"container_id":"{{container}}","outputs":{{List(outputs)}}}""";

    /// <summary>What a program printed.</summary>
    public static string Logs(string text) => $$"""{"type":"logs","logs":{{Quote(text)}}}""";

    /// <summary>A picture that a program drew.</summary>
    public static string Image(string url) => $$"""{"type":"image","url":{{Quote(url)}}}""";

    /// <summary>All events of one file search.</summary>
    /// <param name="queries">What was searched for.</param>
    /// <param name="results">Made with <see cref="SearchResult"/>; none when the results were not asked for.</param>
    /// <param name="id">The item.</param>
    /// <param name="index">Its place in the output.</param>
    public static string[] FileSearch(string[] queries, string[]? results = null, string id = "fs_a", int index = 0) =>
    [
        Added(SearchCall([], null, id, "in_progress"), index),
        ToolEvent("file_search_call.in_progress", id, index),
        ToolEvent("file_search_call.searching", id, index),
        ToolEvent("file_search_call.completed", id, index),
        Done(SearchCall(queries, results, id), index),
    ];

    public static string SearchCall(string[] queries, string[]? results = null, string id = "fs_a", string status = "completed") =>
        $$"""{"id":"{{id}}","type":"file_search_call","status":"{{status}}","queries":{{List([.. queries.Select(Quote)])}},"results":{{List(results)}}}""";

    /// <summary>One passage that was found.</summary>
    public static string SearchResult(string fileId, string fileName, string text, string score = "0.5", string attributes = "{}") =>
        $$"""{"attributes":{{attributes}},"file_id":"{{fileId}}","filename":{{Quote(fileName)}},"score":{{score}},"text":{{Quote(text)}}}""";

    /// <summary>A place in the text where a found file is cited; the text itself holds no marker.</summary>
    /// <param name="fileId">The file.</param>
    /// <param name="fileName">Its name.</param>
    /// <param name="place">How many characters of the text come before it.</param>
    public static string FileCitation(string fileId, string fileName, int place) =>
        $$"""{"type":"file_citation","index":{{place}},"file_id":"{{fileId}}","filename":{{Quote(fileName)}}}""";

    /// <summary>A file that a program made, named by a stretch of the text; a picture has the stretch 0 to 0.</summary>
    public static string ContainerFileCitation(string fileId, string fileName, int start = 0, int end = 0, string container = "cntr_a") =>
        $$"""{"type":"container_file_citation","container_id":"{{container}}","file_id":"{{fileId}}","filename":{{Quote(fileName)}},"start_index":{{start}},"end_index":{{end}}}""";

    public static string AnnotationAdded(string annotation, int annotationIndex = 0, string id = "msg_a", int index = 0, int part = 0) =>
        $$"""{"type":"response.output_text.annotation.added","item_id":"{{id}}","output_index":{{index}},"content_index":{{part}},"annotation_index":{{annotationIndex}},"annotation":{{annotation}}}""";

    /// <summary>A finished message with what it cites.</summary>
    public static string AnnotatedMessage(string text, string[] annotations, string id = "msg_a") =>
        $$$"""{"id":"{{{id}}}","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":{{{Quote(text)}}},"annotations":{{{List(annotations)}}},"logprobs":[]}]}""";

    private static string ToolEvent(string name, string id, int index, string more = "") =>
        $$"""{"type":"response.{{name}}","output_index":{{index}},"item_id":"{{id}}"{{more}}}""";

    private static string List(string[]? items) => items is null ? "null" : $"[{string.Join(',', items)}]";
}
