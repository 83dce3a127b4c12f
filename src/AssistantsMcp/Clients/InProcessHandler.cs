using AssistantsMcp.Engine.Access;
using Microsoft.AspNetCore.Http.Features;

namespace AssistantsMcp.Clients;

/// <summary>
/// The network that is not there: sends a request of the tools through this process's own <c>/v1</c> pipeline. Both
/// doors therefore share identity, validation, errors and behaviour.
/// </summary>
internal sealed class InProcessHandler(RequestDelegate api, IServiceScopeFactory scopes) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var aborted = new CancellationTokenSource();
        var hangUp = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), aborted);
        var response = new InProcessResponse();
        var context = await CreateContextAsync(request, response, aborted.Token);

        _ = RunAsync(context, response, hangUp);
        await response.Started.WaitAsync(cancellationToken);
        return response.ToMessage(request, aborted);
    }

    private async Task<DefaultHttpContext> CreateContextAsync(HttpRequestMessage request, InProcessResponse response, CancellationToken aborted)
    {
        var uri = request.RequestUri!;
        var context = new DefaultHttpContext { ServiceScopeFactory = scopes, RequestAborted = aborted };
        context.Features.Set<IHttpResponseFeature>(response);
        context.Features.Set<IHttpResponseBodyFeature>(response);
        if (request.Options.TryGetValue(CallTransport.IsCounted, out var isCounted) && isCounted)
        {
            context.Features.Set(CountedRequestFeature.Instance);
        }

        context.Request.Protocol = HttpProtocol.Http11;
        context.Request.Method = request.Method.Method;
        context.Request.Scheme = uri.Scheme;
        context.Request.Host = HostString.FromUriComponent(uri);
        context.Request.Path = PathString.FromUriComponent(uri);
        context.Request.QueryString = QueryString.FromUriComponent(uri);
        CopyHeaders(request.Headers.NonValidated);
        if (request.Content is { } content)
        {
            // Asking for the length is what makes HttpContent compute the header.
            context.Request.ContentLength = content.Headers.ContentLength;
            context.Request.Body = await ReadAsync(content, aborted);
            CopyHeaders(content.Headers.NonValidated);
        }

        return context;

        void CopyHeaders(System.Net.Http.Headers.HttpHeadersNonValidated headers)
        {
            foreach (var (name, values) in headers)
            {
                context.Request.Headers[name] = values.Count == 1 ? values.ToString() : values.ToArray();
            }
        }
    }

    /// <summary>Into memory that is free again after the request: HttpContent's own buffers stay with each thread that had one.</summary>
    private static async Task<MemoryStream> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var body = new MemoryStream(capacity: (int)(content.Headers.ContentLength ?? 0));
        await content.CopyToAsync(body, cancellationToken);
        body.Position = 0;
        return body;
    }

    private async Task RunAsync(DefaultHttpContext context, InProcessResponse response, CancellationTokenRegistration hangUp)
    {
        Exception? fault = null;
        try
        {
            await api(context);
            await response.StartAsync(context.RequestAborted);
        }
        catch (Exception exception)
        {
            fault = exception;
        }

        await response.EndAsync(fault);
        if (context.Features.Get<IServiceProvidersFeature>() is IAsyncDisposable services)
        {
            await services.DisposeAsync();
        }

        await response.NotifyCompletedAsync();
        await hangUp.DisposeAsync();
    }
}
