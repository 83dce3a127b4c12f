using System.ClientModel;
using System.ClientModel.Primitives;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Net.Http.Headers;

namespace AssistantsMcp.Clients;

/// <summary>A request of the tools and its answer, neither of which leaves the process.</summary>
internal sealed class InProcessMessage(InProcessRequest request) : PipelineMessage(request)
{
    public InProcessRequest Sent => request;

    public void Answer(PipelineResponse response) => Response = response;
}

/// <summary>The caller's side of a request: what is set here is what the pipeline reads, nothing is copied.</summary>
internal sealed class InProcessRequest(string key) : PipelineRequest
{
    private readonly HeaderDictionary _headers = new() { [HeaderNames.Authorization] = $"Bearer {key}" };

    protected override string MethodCore { get; set; } = HttpMethods.Get;

    protected override Uri? UriCore { get; set; }

    protected override PipelineRequestHeaders HeadersCore => field ??= new RequestHeaders(_headers);

    protected override BinaryContent? ContentCore { get; set; }

    public void Deconstruct(out string method, out Uri uri, out HeaderDictionary headers, out BinaryContent? content) =>
        (method, uri, headers, content) = (Method, Uri!, _headers, Content);

    public override void Dispose() => Content?.Dispose();

    private sealed class RequestHeaders(HeaderDictionary headers) : PipelineRequestHeaders
    {
        public override void Add(string name, string value) => headers.Append(name, value);

        public override void Set(string name, string value) => headers[name] = value;

        public override bool Remove(string name) => headers.Remove(name);

        public override bool TryGetValue(string name, out string? value) => headers.TryGetText(name, out value);

        public override bool TryGetValues(string name, out IEnumerable<string>? values) => headers.TryGetTexts(name, out values);

        public override IEnumerator<KeyValuePair<string, string>> GetEnumerator() => headers.Texts().GetEnumerator();
    }
}

/// <summary>The answer, whole or still being written.</summary>
internal sealed class InProcessResponse : PipelineResponse
{
    private readonly InProcessAnswer _answer;
    private readonly CancellationTokenSource? _aborted;
    private BinaryData? _content;

    public InProcessResponse(InProcessAnswer answer, BinaryData content)
    {
        _answer = answer;
        _content = content;
    }

    /// <param name="answer">The server's side.</param>
    /// <param name="content">The body as it is written.</param>
    /// <param name="aborted">Cancelled when the reader lets go of this.</param>
    public InProcessResponse(InProcessAnswer answer, Stream content, CancellationTokenSource aborted)
    {
        _answer = answer;
        _aborted = aborted;
        ContentStream = content;
    }

    public override int Status => _answer.StatusCode;

    public override string ReasonPhrase => _answer.ReasonPhrase ?? "";

    public override BinaryData Content => _content ?? throw new InvalidOperationException("The answer was not read whole.");

    [AllowNull]
    public override Stream ContentStream { get => field ??= Content.ToStream(); set; }

    protected override PipelineResponseHeaders HeadersCore => field ??= new ResponseHeaders(_answer.Headers);

    public override BinaryData BufferContent(CancellationToken cancellationToken = default) => Content;

    public override async ValueTask<BinaryData> BufferContentAsync(CancellationToken cancellationToken = default)
    {
        if (_content is null)
        {
            _content = await BinaryData.FromStreamAsync(ContentStream, cancellationToken);
            await ContentStream.DisposeAsync();
            ContentStream = null;
        }

        return _content;
    }

    public override void Dispose()
    {
        if (_aborted is not null)
        {
            ContentStream.Dispose();
            _aborted.Cancel();
        }
    }

    private sealed class ResponseHeaders(IHeaderDictionary headers) : PipelineResponseHeaders
    {
        public override bool TryGetValue(string name, out string? value) => headers.TryGetText(name, out value);

        public override bool TryGetValues(string name, out IEnumerable<string>? values) => headers.TryGetTexts(name, out values);

        public override IEnumerator<KeyValuePair<string, string>> GetEnumerator() => headers.Texts().GetEnumerator();
    }
}
