using System.Security.Cryptography;
using System.Text;
using AssistantsMcp.Engine.Schemas;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AssistantsMcp.Engine.Api;

/// <summary>Ids of the API's objects: a prefix that names the kind, and 24 random letters and digits (142 bits).</summary>
internal static class ObjectId
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>The route parameters that are ids, the name under which errors mention them, and how they must begin.</summary>
    private static readonly (string Route, string Param, string Prefix)[] _inRoutes =
    [
        ("assistantId", "assistant_id", "asst"),
        ("threadId", "thread_id", "thread"),
        ("messageId", "message_id", "msg"),
        ("runId", "run_id", "run"),
        ("stepId", "step_id", "step"),
    ];

    public static string NewAssistant() => New("asst_");

    public static string NewThread() => New("thread_");

    public static string NewMessage() => New("msg_");

    public static string NewRun() => New("run_");

    public static string NewStep() => New("step_");

    public static string NewCall() => New("call_");

    /// <summary>A file's id: <c>file-</c> and 22 letters and digits.</summary>
    public static string NewFile() => $"file-{RandomNumberGenerator.GetString(Alphabet, 22)}";

    /// <summary>Names what is kept of a provider's container; not the provider's own id, which two threads could share.</summary>
    public static string NewContainerRecord() => New("container_");

    /// <summary>A vector store's id: <c>vs_</c> and 32 hex digits.</summary>
    public static string NewVectorStore() => $"vs_{RandomNumberGenerator.GetHexString(32, lowercase: true)}";

    public static string NewVectorStoreFileBatch() => $"vsfb_{RandomNumberGenerator.GetHexString(32, lowercase: true)}";

    public static string NewUpload() => $"upload_{RandomNumberGenerator.GetHexString(32, lowercase: true)}";

    public static string NewUploadPart() => $"part_{RandomNumberGenerator.GetHexString(32, lowercase: true)}";

    /// <summary>A request's id: <c>req_</c> and 32 hex digits.</summary>
    public static string NewRequest() => $"req_{Random.Shared.GetHexString(32, lowercase: true)}";

    /// <summary>The project of a key: to the API, what belongs together is a project; here, it is what one key has made.</summary>
    public static string ProjectOf(string tenant) =>
        $"proj_{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(tenant)))[..24]}";

    /// <summary>Refuses ids in the path that cannot be of the kind their place asks for, before any look-up.</summary>
    public static void CheckRoute(HttpContext context, bool checkPrefix)
    {
        foreach (var (route, param, prefix) in _inRoutes)
        {
            if (context.GetRouteValue(route) is string id)
            {
                Check(param, id, prefix, checkPrefix);
            }
        }
    }

    /// <summary>Refuses an id that cannot be of its kind.</summary>
    /// <param name="param">The field that holds the id, as errors name it.</param>
    /// <param name="id">The id.</param>
    /// <param name="prefix">How ids of this kind begin, without the underscore.</param>
    /// <param name="checkPrefix">False: only the characters are checked.</param>
    public static void Check(string param, string id, string prefix, bool checkPrefix)
    {
        if (checkPrefix && !id.StartsWith(prefix, StringComparison.Ordinal))
        {
            throw ApiException.WrongIdPrefix(param, id, prefix);
        }

        if (!RequestSchemas.IdPattern.Expression.IsMatch(id))
        {
            throw ApiException.Invalid(SchemaViolation.Pattern(param, RequestSchemas.IdPattern.Expectation));
        }
    }

    private static string New(string prefix) => prefix + RandomNumberGenerator.GetString(Alphabet, 24);
}
