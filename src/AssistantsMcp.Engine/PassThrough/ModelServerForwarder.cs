using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Models;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Forwarder;

namespace AssistantsMcp.Engine.PassThrough;

/// <summary>
/// Passes requests on to the model server and its answers back, byte by byte as they come. Nothing is repeated: a body
/// that has been sent is gone.
/// </summary>
internal sealed partial class ModelServerForwarder(
    IHttpForwarder forwarder,
    ModelServer server,
    IOptions<EngineOptions> options,
    TimeProvider clock,
    ILogger<ModelServerForwarder> logger) : IDisposable
{
    private readonly HttpMessageInvoker _connections = new(ModelClientExtensions.NewHandler());
    private readonly bool _isEnabled = options.Value.PassThrough.Enabled is true;
    private readonly bool _isServersAccount = !string.IsNullOrEmpty(options.Value.Model.ApiKey);
    private readonly TimeSpan _silence = options.Value.Model.Timeout;

    /// <summary>A request's answer: the model server's.</summary>
    /// <param name="caller">Who asks; not the sandbox, whose key means nothing outside.</param>
    /// <param name="isShared">Whether the answer is the same for everybody, so that it may pass whoever's account it is.</param>
    /// <param name="onSuccess">
    /// What a success brings about here; done before the caller hears of it, and also when the caller has hung up by then.
    /// </param>
    /// <exception cref="ApiException">Nothing is passed on by this server.</exception>
    public IResult Forward(Caller caller, bool isShared = false, Func<Task>? onSuccess = null) =>
        _isEnabled || isShared ? new Forwarded(this, caller, onSuccess) : throw ApiException.PassThroughIsOff();

    public void Dispose() => _connections.Dispose();

    private async Task ForwardAsync(HttpContext context, Caller caller, Func<Task>? onSuccess)
    {
        var request = context.Request;
        var address = ForwardedPath.Of(server.BaseUrl, request.Path, request.QueryString)
            ?? throw ApiException.UnknownUrl(request.Method, request.Path.Value!);

        // How long it may be silent is what counts here.
        RequestDeadline.Lift(context);

        // Requests and their answers pass, connections do not: nothing here could tell what flows through one.
        context.Features.Set<IHttpUpgradeFeature>(null);
        if (onSuccess is not null)
        {
            // What succeeds at the model server must have its effect here, whether or not somebody waits for the answer.
            context.Features.Set<IHttpRequestLifetimeFeature>(new Unattended(context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>()));
        }

        var ownHeaders = context.Response.Headers.ToArray();
        var started = clock.GetTimestamp();
        var transformer = new ForwardTransformer(server, caller, address, _isServersAccount, onSuccess);
        var error = await forwarder.SendAsync(
            context, server.BaseUrl.AbsoluteUri, _connections, new ForwarderRequestConfig { ActivityTimeout = _silence }, transformer);

        var elapsed = clock.GetElapsedTime(started).TotalMilliseconds;
        if (error == ForwarderError.None)
        {
            Log.Answered(logger, request.Method, context.Response.StatusCode, elapsed);
        }
        else if (IsOfCaller(error))
        {
            Log.CallerLeft(logger, request.Method, error, elapsed);
        }
        else
        {
            Log.NotAnswered(logger, request.Method, error, elapsed);
        }

        var refusal = transformer.Refusal ?? (error == ForwarderError.None ? null : RefusalOf(error, context));
        if (refusal is not null && !context.Response.HasStarted)
        {
            context.RequestAborted.ThrowIfCancellationRequested();
            Restore(context.Response, ownHeaders);
            throw refusal;
        }
    }

    /// <summary>
    /// What a caller is told whose request got no answer. SDKs repeat a request after any of these statuses; whether it
    /// may have taken effect, the header <c>x-should-retry</c> tells them.
    /// </summary>
    private ApiException RefusalOf(ForwarderError error, HttpContext context)
    {
        var exception = context.Features.Get<IForwarderErrorFeature>()?.Exception;
        return error switch
        {
            _ when exception is ApiException refusal => refusal,
            ForwarderError.RequestTimedOut or ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.ResponseBodyCanceled =>
                ApiException.ModelServerSilent(ModelServerException.Silent(_silence).Message),
            ForwarderError.RequestBodyClient => ApiException.BrokenBody(),
            ForwarderError.Request when exception is HttpRequestException { HttpRequestError: not (HttpRequestError.Unknown or HttpRequestError.ResponseEnded) } away =>
                ApiException.Unavailable(ModelServerException.Unreachable(server.Host, away).Message),
            _ => ApiException.ModelServerBroke(server.Host),
        };
    }

    /// <summary>Whether it ended as callers end requests: they hang up, before the answer or in the middle of it.</summary>
    private static bool IsOfCaller(ForwarderError error) => error
        is ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.RequestBodyClient
        or ForwarderError.ResponseBodyCanceled or ForwarderError.ResponseBodyClient;

    private static void Restore(HttpResponse response, KeyValuePair<string, StringValues>[] headers)
    {
        response.Headers.Clear();
        foreach (var (name, values) in headers)
        {
            response.Headers[name] = values;
        }
    }

    private sealed class Forwarded(ModelServerForwarder forwarder, Caller caller, Func<Task>? onSuccess) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => forwarder.ForwardAsync(httpContext, caller, onSuccess);
    }

    /// <summary>A request that goes on when its caller hangs up.</summary>
    private sealed class Unattended(IHttpRequestLifetimeFeature connection) : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; }

        public void Abort() => connection.Abort();
    }

    private static partial class Log
    {
        [LoggerMessage(231, LogLevel.Debug, "The model server answered a {Method} that was passed on with {Status}, after {ElapsedMs} ms.")]
        public static partial void Answered(ILogger logger, string method, int status, double elapsedMs);

        [LoggerMessage(233, LogLevel.Debug, "The caller of a {Method} that was passed on did not wait for its end: {Error} after {ElapsedMs} ms.")]
        public static partial void CallerLeft(ILogger logger, string method, ForwarderError error, double elapsedMs);

        [LoggerMessage(232, LogLevel.Warning, "A {Method} that was passed on to the model server ended early: {Error} after {ElapsedMs} ms.")]
        public static partial void NotAnswered(ILogger logger, string method, ForwarderError error, double elapsedMs);
    }
}
