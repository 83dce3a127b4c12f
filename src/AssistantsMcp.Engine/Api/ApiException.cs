using AssistantsMcp.Engine.Schemas;
using Microsoft.AspNetCore.Http;

namespace AssistantsMcp.Engine.Api;

/// <summary>
/// A refusal in the API's own shape. It is thrown where it is discovered, by a factory named for its cause, and
/// written by <see cref="ApiErrorHandler"/> alone. Wordings follow the service's own.
/// </summary>
internal sealed class ApiException : Exception
{
    private const string InvalidRequest = "invalid_request_error";

    private ApiException(int status, string message, string type = InvalidRequest, string? param = null, string? code = null)
        : base(message)
    {
        Status = status;
        Type = type;
        Param = param;
        Code = code;
    }

    public int Status { get; }

    public string Type { get; }

    public string? Param { get; }

    public string? Code { get; }

    /// <summary>When to try again, for the <c>Retry-After</c> header; null where that is not known.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>
    /// What the header <c>x-should-retry</c> tells an SDK that would go by the status; null leaves it to the status.
    /// </summary>
    public bool? ShouldRetry { get; private init; }

    // Who is asking

    public static ApiException MissingKey() => new(
        StatusCodes.Status401Unauthorized,
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).");

    public static ApiException MalformedKey() => new(
        StatusCodes.Status400BadRequest,
        $"Malformed API key: expected {KeyForm.Rule} after 'Authorization: Bearer '.");

    public static ApiException MalformedAccount(string header) => new(
        StatusCodes.Status400BadRequest,
        $"Malformed header '{header}': expected an id of 1 to 128 letters, digits, '-' and '_'.");

    /// <summary>The key is not let in. Only its first letters are shown, as the service did.</summary>
    public static ApiException RefusedKey(ApiKey key) => new(
        StatusCodes.Status401Unauthorized,
        $"Incorrect API key provided: {key.Value[..Math.Min(3, key.Value.Length / 4)]}***. Use a key that this server's model server accepts.",
        code: "invalid_api_key");

    public static ApiException SandboxIsOff() => new(
        StatusCodes.Status401Unauthorized,
        "The sandbox is switched off on this server. Use a real API key, or start the server with Sandbox:Enabled=true.",
        code: "invalid_api_key");

    /// <summary>The request was addressed to a name, or sent by a web page, that the operator has not allowed.</summary>
    public static ApiException Forbidden(string message, string code) => new(StatusCodes.Status403Forbidden, message, code: code);

    public static ApiException KeyNotVerifiable() => new(
        StatusCodes.Status503ServiceUnavailable,
        "The API key could not be verified because the model server did not answer. Please try again in a few seconds.",
        "server_error")
    {
        RetryAfter = TimeSpan.FromSeconds(5),
    };

    // What is asked for

    public static ApiException UnknownUrl(string method, string path) =>
        new(StatusCodes.Status404NotFound, $"Invalid URL ({method} {SchemaViolation.Shorten(path)})");

    public static ApiException WrongMethod(string method, string path) => new(
        StatusCodes.Status405MethodNotAllowed,
        $"Invalid method for URL ({method} {SchemaViolation.Shorten(path)})",
        code: "method_not_supported");

    public static ApiException MissingBetaHeader() => new(
        StatusCodes.Status400BadRequest,
        "You must provide the 'OpenAI-Beta' header to access the Assistants API. Please try again by setting the header 'OpenAI-Beta: assistants=v2'.",
        code: "invalid_beta");

    public static ApiException WithdrawnVersion() => new(
        StatusCodes.Status400BadRequest,
        "The v1 Assistants API has been deprecated. Please try again by setting the header 'OpenAI-Beta: assistants=v2'.",
        code: "invalid_beta");

    public static ApiException TooManyStreams(int limit) => new(
        StatusCodes.Status429TooManyRequests,
        $"Too many streams are open for this API key: {limit} at most. Read or close one, or create the run without 'stream' and retrieve it until it has ended.",
        code: "rate_limit_exceeded")
    {
        RetryAfter = TimeSpan.FromSeconds(5),
    };

    public static ApiException MalformedIdempotencyKey() => new(
        StatusCodes.Status400BadRequest,
        "Invalid 'Idempotency-Key': expected one header of 1 to 255 printable ASCII characters, such as a UUID.",
        code: "invalid_idempotency_key");

    public static ApiException IdempotencyKeyReuse() => new(
        StatusCodes.Status400BadRequest,
        "This 'Idempotency-Key' was used for another request within the last 24 hours. Send a request that is to be repeated exactly as it was, and any other with a key of its own.",
        code: "idempotency_key_reuse");

    public static ApiException BodyTooLarge(int limit) => new(
        StatusCodes.Status413PayloadTooLarge,
        $"The request body is too large. Expected at most {limit} bytes.",
        code: "request_too_large");

    public static ApiException UnreadableBody(string reason) => new(
        StatusCodes.Status400BadRequest,
        $"We could not parse the JSON body of your request. ({reason}) The API expects a JSON object.");

    public static ApiException Invalid(SchemaViolation violation) =>
        new(StatusCodes.Status400BadRequest, violation.Message, param: violation.Param, code: violation.Code);

    public static ApiException WrongIdPrefix(string param, string id, string prefix) => new(
        StatusCodes.Status400BadRequest,
        $"Invalid '{param}': '{SchemaViolation.Shorten(id)}'. Expected an ID that begins with '{prefix}'.",
        param: param,
        code: "invalid_value");

    /// <param name="noun">What is missing, as the API says it: <c>thread</c>, <c>run step</c>.</param>
    /// <param name="id">The id that was asked for.</param>
    public static ApiException NotFound(string noun, string id) =>
        new(StatusCodes.Status404NotFound, $"No {noun} found with id '{SchemaViolation.Shorten(id)}'.");

    public static ApiException NoFile(string id) =>
        new(StatusCodes.Status404NotFound, $"No such File object: {SchemaViolation.Shorten(id)}", param: "id");

    /// <summary>Something the API had and this server has not.</summary>
    public static ApiException NotSupported(string message, string param) =>
        new(StatusCodes.Status400BadRequest, message, param: param, code: "unsupported_value");

    public static ApiException TwoVectorStores() => new(
        StatusCodes.Status400BadRequest,
        "Invalid 'tool_resources.file_search': expected either 'vector_store_ids' or 'vector_stores', but got both. At most one vector store can be attached.",
        param: "tool_resources.file_search",
        code: "invalid_value");

    public static ApiException TooManyAttachments(int limit, int count) => new(
        StatusCodes.Status400BadRequest,
        $"Invalid 'attachments': one request may attach at most {limit} files for file_search, but this one attaches {count}. Attach the others with further messages, or put them into a vector store and name it in 'tool_resources'.",
        param: "attachments",
        code: "array_above_max_length");

    public static ApiException UnknownModel(string name) => new(
        StatusCodes.Status404NotFound,
        $"The model '{SchemaViolation.Shorten(name)}' does not exist.",
        param: "model",
        code: "model_not_found");

    // What the model server is asked for

    public static ApiException NotInSandbox(string method, string path) => new(
        StatusCodes.Status400BadRequest,
        $"The sandbox does not have {method} {SchemaViolation.Shorten(path)}: it plays the Assistants API, files and vector stores, and calls no model server. Use a real API key.",
        code: "not_in_sandbox");

    /// <param name="most">What it holds at most.</param>
    public static ApiException SandboxIsFull(string most) => new(
        StatusCodes.Status400BadRequest,
        $"The sandbox holds at most {most}. Delete some first, or use a real API key.",
        code: "sandbox_full");

    public static ApiException FileTooLarge(int limit) => new(
        StatusCodes.Status413PayloadTooLarge,
        $"The file is too large. Expected at most {limit} bytes.",
        param: "file",
        code: "file_too_large");

    public static ApiException NotAForm(string fields) => new(
        StatusCodes.Status400BadRequest,
        $"We could not parse the multipart form data of your request. Expected the content type 'multipart/form-data' with the fields {fields}.");

    /// <summary>An upload was completed, cancelled or has expired.</summary>
    public static ApiException UploadIsOver(string id, string status) =>
        new(StatusCodes.Status400BadRequest, $"Upload {SchemaViolation.Shorten(id)} is {status}: only a pending upload can be changed.");

    public static ApiException WrongUploadSize(long expected, long actual) => new(
        StatusCodes.Status400BadRequest,
        $"The parts have {actual} bytes in all, but the upload was created for {expected}. Name all parts, in their order.",
        param: "part_ids",
        code: "invalid_value");

    public static ApiException WrongChecksum() => new(
        StatusCodes.Status400BadRequest,
        "The parts do not have the checksum in 'md5'. Send them again, and name them in their order.",
        param: "md5",
        code: "invalid_value");

    public static ApiException PassThroughIsOff() => new(
        StatusCodes.Status403Forbidden,
        "This server does not pass requests on to its model server: with the key that it holds for everybody (Model:ApiKey), callers would see each other's files, stores and responses. The operator can allow it with PassThrough:Enabled=true.",
        code: "pass_through_disabled");

    /// <summary>The body that was being passed on ended before its end.</summary>
    public static ApiException BrokenBody() =>
        new(StatusCodes.Status400BadRequest, "The request body broke off, so the request was not completed. Send it again.");

    public static ApiException ModelServerMoved(string host) => new(
        StatusCodes.Status502BadGateway,
        $"The model server at {host} answered with a redirect, which is not followed. The operator should set Model:BaseUrl to the final address.",
        "server_error")
    {
        ShouldRetry = false,
    };

    public static ApiException ServerKeyRefused() => new(
        StatusCodes.Status502BadGateway,
        "The model server refused the key that this server holds for it. The operator should check Model:ApiKey.",
        "server_error")
    {
        ShouldRetry = false,
    };

    public static ApiException ModelServerBroke(string host) => new(
        StatusCodes.Status502BadGateway,
        $"The connection to the model server at {host} broke before it had answered. The request may have taken effect; look before you send it again.",
        "server_error")
    {
        ShouldRetry = false,
    };

    /// <param name="message">How long it was silent, and what to do.</param>
    public static ApiException ModelServerSilent(string message) =>
        new(StatusCodes.Status504GatewayTimeout, message, "server_error") { ShouldRetry = false };

    public static ApiException ExpiredVectorStore(string id) => new(
        StatusCodes.Status400BadRequest,
        $"The thread's vector store has expired ({SchemaViolation.Shorten(id)}). Give the thread another one in tool_resources, or attach its files again on a new thread.");

    // Runs

    public static ApiException NothingToRun() => new(
        StatusCodes.Status400BadRequest,
        "Run creation requires a Thread with a user message or an assistant with instructions.",
        code: "invalid_thread");

    public static ApiException ActiveRun(string threadId, string runId) =>
        new(StatusCodes.Status400BadRequest, $"Thread {threadId} already has an active run {runId}.");

    public static ApiException ThreadLocked(string threadId, string runId) =>
        new(StatusCodes.Status400BadRequest, $"Can't add messages to {threadId} while a run {runId} is active.");

    public static ApiException ThreadFull(string threadId, int most) => new(
        StatusCodes.Status400BadRequest,
        $"Thread {threadId} cannot hold more than {most} messages. Delete some of them, or begin a new thread.");

    public static ApiException OutputsNotAccepted(string status) =>
        new(StatusCodes.Status400BadRequest, $"Runs in status \"{status}\" do not accept tool outputs.");

    public static ApiException WrongOutputs(IEnumerable<string> expected, IEnumerable<string> actual) => new(
        StatusCodes.Status400BadRequest,
        $"Expected tool outputs for call_ids [{Quote(expected)}], got [{Quote(actual)}]");

    public static ApiException NotCancellable(string status) =>
        new(StatusCodes.Status400BadRequest, $"Cannot cancel run with status '{status}'.");

    /// <param name="most">How many runs of one tenant may wait.</param>
    public static ApiException QueueFull(int most) => new(
        StatusCodes.Status429TooManyRequests,
        $"You have {most} runs waiting already, so this one was not created. Create it again when some of them have ended.",
        code: "rate_limit_exceeded")
    {
        RetryAfter = TimeSpan.FromSeconds(5),
    };

    // The model server

    /// <summary>What the model server refused, in its own words.</summary>
    /// <param name="status">Its status; its faults and odd answers become 503, which clients try again.</param>
    /// <param name="message">Its message, cleared of keys; null where it gave none.</param>
    /// <param name="code">Its code.</param>
    public static ApiException ModelServerRefused(int status, string? message, string? code) => status is >= 400 and < 500
        ? new(status, message ?? $"The model server refused the request with status {status}.", code: code)
        : Unavailable(message ?? $"The model server answered with status {status}. Try again.");

    /// <summary>The model server's rate limit, or the end of an account's quota, in the provider's own words.</summary>
    /// <param name="message">What it said, if anything.</param>
    /// <param name="isQuota">Whether waiting does not help.</param>
    /// <param name="retryAfter">How long it asked to be left alone.</param>
    public static ApiException ModelServerBusy(string? message, bool isQuota, TimeSpan? retryAfter) => new(
        StatusCodes.Status429TooManyRequests,
        message ?? "The model server's rate limit was reached. Slow down and try again later.",
        isQuota ? "insufficient_quota" : InvalidRequest,
        code: isQuota ? "insufficient_quota" : "rate_limit_exceeded")
    {
        RetryAfter = retryAfter,
    };

    // This server

    /// <summary>The tenant makes more requests than <c>Limits:RequestsPerMinute</c> allows.</summary>
    public static ApiException TooManyRequests(TimeSpan retryAfter) => new(
        StatusCodes.Status429TooManyRequests,
        "You've exceeded the rate limit, please slow down and try again later.",
        code: "rate_limit_exceeded")
    {
        RetryAfter = retryAfter,
    };

    /// <param name="limit">How long the request had.</param>
    /// <param name="mayRepeat">Whether it does no harm to send it again as it was.</param>
    public static ApiException RequestTimedOut(TimeSpan limit, bool mayRepeat) => new(
        StatusCodes.Status503ServiceUnavailable,
        $"The request was given up because it was not answered within {limit.TotalSeconds:0.#} seconds. It may have taken effect: look before you send it again. With an Idempotency-Key, a request can always be sent again.",
        "server_error")
    {
        ShouldRetry = mayRepeat ? null : false,
    };

    public static ApiException Unavailable(string message) =>
        new(StatusCodes.Status503ServiceUnavailable, message, "server_error") { RetryAfter = TimeSpan.FromSeconds(1) };

    /// <summary>A fault of this server; the cause is in the log under the request id.</summary>
    public static ApiException ServerError(string requestId) => new(
        StatusCodes.Status500InternalServerError,
        $"The server had an error processing your request. Sorry about that! Please retry, and if the problem persists give the operator this request ID: {requestId}.",
        "server_error");

    private static string Quote(IEnumerable<string> ids) =>
        string.Join(", ", ids.Select(id => $"'{SchemaViolation.Shorten(id)}'"));
}
