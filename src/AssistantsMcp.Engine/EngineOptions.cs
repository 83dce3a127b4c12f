using AssistantsMcp.Engine.Models;

namespace AssistantsMcp.Engine;

/// <summary>Settings of the engine, bound from the root of the configuration: <c>Model:BaseUrl</c>, <c>Storage:…</c>.</summary>
public sealed class EngineOptions
{
    public ModelOptions Model { get; set; } = new();

    public StorageOptions Storage { get; set; } = new();

    public AccessOptions Access { get; set; } = new();

    public SandboxOptions Sandbox { get; set; } = new();

    public PassThroughOptions PassThrough { get; set; } = new();

    public SecretsOptions Secrets { get; set; } = new();

    public LimitOptions Limits { get; set; } = new();

    /// <summary>How closely the API's formalities are enforced.</summary>
    public CompatibilityOptions Compatibility { get; set; } = new();
}

/// <summary>The server that executes runs: any that offers a Responses API.</summary>
public sealed class ModelOptions
{
    /// <summary>Its base URL, up to and without <c>/responses</c>. Default: OpenAI's.</summary>
    public Uri BaseUrl { get; set; } = new("https://api.openai.com/v1");

    /// <summary>A key held by this server. Callers' keys are then only identities, and <c>Access:Mode</c> must be <c>list</c>.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Stored model name → name sent to the model server. Objects keep the stored name.</summary>
    public Dictionary<string, string> Aliases { get; set; } = new(StringComparer.Ordinal);

    /// <summary>Which kind of server it is: <c>openai</c>, <c>azure</c>, <c>ollama</c> and so on. Default: told from the base URL.</summary>
    public string? Profile { get; set; }

    /// <summary>Whether it runs <c>code_interpreter</c> and <c>file_search</c> itself. Default: as its profile says.</summary>
    public bool? HostedTools { get; set; }

    /// <summary>Sent with every request as the query <c>api-version</c>, which Azure knows. Default: none.</summary>
    public string? ApiVersion { get; set; }

    /// <summary>How long the model server may stay silent, before its first event or between two. Default: 2 minutes; 1 second to 1 hour.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>The name of the profile in force, be it set or told from the base URL.</summary>
    /// <exception cref="KeyNotFoundException"><see cref="Profile"/> names none.</exception>
    public string ProfileInForce => BackendProfile.Of(this).Name;

    /// <summary>The name by which the model server is asked for a model.</summary>
    public string NameSent(string model) => Aliases.GetValueOrDefault(model, model);
}

/// <summary>Where objects are kept.</summary>
public sealed class StorageOptions
{
    /// <summary><c>Data Source=…</c> for a SQLite file; <c>Host=…</c> or <c>postgres://…</c> for a PostgreSQL database.</summary>
    public string ConnectionString { get; set; } = "Data Source=data/assistants.db";
}

/// <summary>Who may use this server.</summary>
public sealed class AccessOptions
{
    /// <summary>What <see cref="Mode"/> can be, for people.</summary>
    public const string Modes = "verify, open or list";

    /// <summary>How a caller's key is judged. Default: <see cref="AccessMode.Verify"/>.</summary>
    public AccessMode Mode { get; set; } = AccessMode.Verify;

    /// <summary>SHA-256 hashes (64 hex digits) of the keys that are let in when the mode is <see cref="AccessMode.List"/>.</summary>
    public string[] Keys { get; set; } = [];

    /// <summary>
    /// The names under which the server may be addressed, without ports; <c>*</c> is any. Default: any name, but only
    /// loopback names on a loopback address, where any web page could lead a browser.
    /// </summary>
    public string[] Hosts { get; set; } = [];

    /// <summary>
    /// The web pages that may call the server from a browser, such as <c>https://app.example.com</c>; <c>:*</c> is any
    /// port. Default: pages that come from the user's own machine.
    /// </summary>
    public string[] Origins { get; set; } = [];
}

/// <summary>How a caller's key is judged.</summary>
public enum AccessMode
{
    /// <summary>The model server is asked once, and its word remembered for 10 minutes.</summary>
    Verify,

    /// <summary>Any well-formed key is let in and is its own tenant.</summary>
    Open,

    /// <summary>Only keys whose hash is listed are let in.</summary>
    List,
}

/// <summary>The playground behind the key <c>sandbox</c>.</summary>
public sealed class SandboxOptions
{
    /// <summary>Whether the key <c>sandbox</c> is served. Default: in Development only.</summary>
    public bool? Enabled { get; set; }
}

/// <summary>Requests to other routes than the Assistants API's: files, vector stores, responses …</summary>
public sealed class PassThroughOptions
{
    /// <summary>
    /// Whether they are passed on to the model server. Default: unless <c>Model:ApiKey</c> is set, because then all
    /// callers share one account there, and with it their files, stores and responses.
    /// </summary>
    public bool? Enabled { get; set; }
}

/// <summary>What keys and tenants are derived from.</summary>
public sealed class SecretsOptions
{
    /// <summary>At least 32 bytes, base64. Default: a file beside the SQLite file, made once.</summary>
    public string? Key { get; set; }
}

/// <summary>Bounds on what one caller can ask for.</summary>
public sealed class LimitOptions
{
    /// <summary>The largest <see cref="RunLease"/>.</summary>
    internal static readonly TimeSpan LongestRunLease = TimeSpan.FromMinutes(5);

    /// <summary>Values in one JSON body, those in objects and lists counted. A body of empty texts would take a hundred times its size.</summary>
    public const int JsonValues = 100_000;

    /// <summary>Largest request body, in bytes. Default: 4 MiB; 1 KiB to 64 MiB.</summary>
    public int BodyBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>Largest message of the MCP door, in bytes: what a model writes is never that long. Default: 1 MiB; 1 KiB to 64 MiB.</summary>
    public int ToolCallBytes { get; set; } = 1024 * 1024;

    /// <summary>Largest file that this server keeps itself, in bytes. Default: 32 MiB; 1 KiB to 512 MiB.</summary>
    public int FileBytes { get; set; } = 32 * 1024 * 1024;

    /// <summary>Messages that clients may put into one thread, runs' answers counted. Default: 100,000; 1 to 1,000,000.</summary>
    public int MessagesPerThread { get; set; } = 100_000;

    /// <summary>
    /// Files for search that one request may attach, in all of its messages; each may cost a call of the model server.
    /// Default: 500; 1 to 10,000.
    /// </summary>
    public int AttachedFiles { get; set; } = 500;

    /// <summary>How long a run may take before it becomes <c>expired</c>. Default: 10 minutes; 10 seconds to 1 hour.</summary>
    public TimeSpan RunLifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Runs that this process executes at once. Default: 64; 1 to 1,000.</summary>
    public int ConcurrentRuns { get; set; } = 64;

    /// <summary>Streams of runs that one tenant may have open at this process. Default: 256; 1 to 10,000.</summary>
    public int ConcurrentStreams { get; set; } = 256;

    /// <summary>Requests of one tenant a minute, at this process. Default: 0, which is without limit; up to 1,000,000.</summary>
    public int RequestsPerMinute { get; set; }

    /// <summary>Requests that a tenant who paused may make at once. Default: as many as in a minute; 1 to 1,000,000.</summary>
    public int? RequestBurst { get; set; }

    /// <summary>
    /// How long a request may take until its answer begins; one that is passed on to the model server has no such limit.
    /// Default: 5 minutes; 1 second to 1 hour.
    /// </summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the headers of a request may take to arrive. Default: 15 seconds; 1 second to 5 minutes.</summary>
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Bytes that must flow each second, after the first 5 seconds, while a body is awaited or an answer is taken; the
    /// connection of a slower sender or reader is closed. Default: 1,024; 1 to 1,048,576.
    /// </summary>
    public int SlowestBytesPerSecond { get; set; } = 1024;

    /// <summary>
    /// Runs of one tenant that are executed at once, in all processes on one database. Default: 32, so that two tenants
    /// at the least share a process; 1 to 1,000.
    /// </summary>
    public int ConcurrentRunsPerTenant { get; set; } = 32;

    /// <summary>Runs of one tenant that may wait for a worker; more are refused. Default: 1,000; 1 to 100,000.</summary>
    public int QueuedRunsPerTenant { get; set; } = 1000;

    /// <summary>
    /// How long a worker that stopped answering keeps its run before another takes over, and tries to save an answer
    /// while the database is away. Default: 15 seconds; 3 seconds to 5 minutes.
    /// </summary>
    public TimeSpan RunLease { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long an unfinished answer may take to be sent when the process is told to stop. Default: 10 seconds; 1 second to 5 minutes.</summary>
    public TimeSpan ShutdownGrace { get; set; } = TimeSpan.FromSeconds(10);
}

/// <summary>How closely the API's formalities are enforced.</summary>
public sealed class CompatibilityOptions
{
    /// <summary>Whether requests need the header <c>OpenAI-Beta: assistants=v2</c>. Default: true, as the service did.</summary>
    public bool RequireBetaHeader { get; set; } = true;

    /// <summary>Whether ids must begin with their kind (<c>thread_…</c>). Default: true; off, a foreign id is simply not found.</summary>
    public bool CheckIdPrefix { get; set; } = true;
}
