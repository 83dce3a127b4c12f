using System.ClientModel;
using System.ClientModel.Primitives;
using System.IO.Pipelines;
using AssistantsMcp.Engine.Access;
using AssistantsMcp.Telemetry;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace AssistantsMcp.Clients;

/// <summary>
/// The network that is not there: sends the requests of one tool call through this process's own <c>/v1</c> pipeline.
/// Both doors therefore share identity, validation, errors and behaviour. However many requests the call takes, to wait
/// for a run or to read a long list, its caller made one: all but the first are marked, for the limit on requests.
/// </summary>
internal sealed class InProcessTransport(RequestDelegate api, IServiceScopeFactory scopes, string key)
    : PipelineTransport(enableLogging: false, loggerFactory: null)
{
    private int _sent;

    protected override PipelineMessage CreateMessageCore() => new InProcessMessage(new InProcessRequest(key));

    protected override void ProcessCore(PipelineMessage message) => throw new NotSupportedException("The tools do not block.");

    protected override async ValueTask ProcessCoreAsync(PipelineMessage message)
    {
        var call = (InProcessMessage)message;
        call.Answer(message.BufferResponse ? await AnswerAsync(call) : await OpenAsync(call));
    }

    private async Task<InProcessResponse> AnswerAsync(InProcessMessage call)
    {
        var body = new BufferedBody();
        var answer = new InProcessAnswer(body);
        var cancellationToken = call.CancellationToken;
        var context = await CreateContextAsync(call, answer, cancellationToken);

        await RunAsync(context, answer).WaitAsync(cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return new InProcessResponse(answer, BinaryData.FromBytes(body.Written));
    }

    /// <summary>Returns when the headers are final. Letting go of the response is how its reader hangs up.</summary>
    private async Task<InProcessResponse> OpenAsync(InProcessMessage call)
    {
        var aborted = new CancellationTokenSource();
        var hangUp = call.CancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), aborted);
        var body = new Pipe();
        var answer = new InProcessAnswer(body.Writer);
        var context = await CreateContextAsync(call, answer, aborted.Token);

        _ = WriteAsync();
        await answer.Started.WaitAsync(call.CancellationToken);
        return new InProcessResponse(answer, body.Reader.AsStream(), aborted);

        async Task WriteAsync()
        {
            await RunAsync(context, answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await hangUp.DisposeAsync();
        }
    }

    private async Task<DefaultHttpContext> CreateContextAsync(InProcessMessage call, InProcessAnswer answer, CancellationToken aborted)
    {
        var (method, uri, headers, content) = call.Sent;
        headers[HeaderNames.Host] = uri.Authority;
        var request = new HttpRequestFeature
        {
            Protocol = HttpProtocol.Http11,
            Method = method,
            Scheme = uri.Scheme,
            Path = PathString.FromUriComponent(uri).Value!,
            QueryString = uri.Query,
            Headers = headers,
        };
        if (content is not null)
        {
            request.Body = await ReadAsync(content, aborted);
            headers.ContentLength = request.Body.Length;
        }

        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(request);
        features.Set<IHttpResponseFeature>(answer);
        features.Set<IHttpResponseBodyFeature>(answer);
        if (Interlocked.Increment(ref _sent) > 1)
        {
            features.Set(CountedRequestFeature.Instance);
        }

        return new DefaultHttpContext(features) { ServiceScopeFactory = scopes, RequestAborted = aborted };
    }

    private static async Task<MemoryStream> ReadAsync(BinaryContent content, CancellationToken cancellationToken)
    {
        var body = new MemoryStream(capacity: content.TryComputeLength(out var length) ? (int)length : 0);
        await content.WriteToAsync(body, cancellationToken);
        body.Position = 0;
        return body;
    }

    private async Task RunAsync(DefaultHttpContext context, InProcessAnswer answer)
    {
        using var span = RequestSpan.Start();
        try
        {
            await api(context);
            RequestSpan.End(span, context);
            await answer.StartAsync();
            await answer.EndAsync(fault: null);
        }
        catch (Exception exception)
        {
            await answer.EndAsync(exception);
            throw;
        }
        finally
        {
            if (context.Features.Get<IServiceProvidersFeature>() is IAsyncDisposable services)
            {
                await services.DisposeAsync();
            }

            await answer.NotifyCompletedAsync();
        }
    }
}
