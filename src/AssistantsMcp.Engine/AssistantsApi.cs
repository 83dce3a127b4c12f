using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Assistants;
using AssistantsMcp.Engine.Files;
using AssistantsMcp.Engine.Messages;
using AssistantsMcp.Engine.Models;
using AssistantsMcp.Engine.PassThrough;
using AssistantsMcp.Engine.Runs;
using AssistantsMcp.Engine.Sandbox;
using AssistantsMcp.Engine.Threads;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine;

/// <summary>
/// The Assistants API v2 under <c>/v1</c>, as one request delegate. The host sends it the requests that arrive from
/// the network; the MCP door sends it requests of its own, without a network in between.
/// </summary>
public sealed class AssistantsApi
{
    private readonly RequestDelegate _pipeline;
    private readonly AccessGate _gate;
    private readonly ApiErrorHandler _errors;
    private readonly TenantRates _rates;
    private readonly RequestDeadline _deadline;
    private readonly EngineOptions _options;

    public AssistantsApi(IServiceProvider services)
    {
        _gate = services.GetRequiredService<AccessGate>();
        _options = services.GetRequiredService<IOptions<EngineOptions>>().Value;
        _errors = services.GetRequiredService<ApiErrorHandler>();
        _rates = services.GetRequiredService<TenantRates>();
        _deadline = services.GetRequiredService<RequestDeadline>();

        // The order is the API's order of checks: key, rate, route, header; then each handler: body, ids, existence, state.
        var app = new ApplicationBuilder(services);
        app.Use(_errors.InvokeAsync);
        app.Use(IdentifyAsync);
        app.Use(_deadline.InvokeAsync);
        app.UseRouting();
        app.Use(CheckAsync);
        app.UseEndpoints(routes =>
        {
            var v1 = routes.MapGroup("/v1");
            v1.MapModels();
            v1.MapFiles();
            v1.MapUploads();
            v1.MapVectorStores();
            v1.MapPassThrough();

            var assistants = v1.MapGroup("").WithMetadata(NeedsBetaHeader.Instance);
            assistants.MapAssistants();
            assistants.MapThreads();
            assistants.MapMessages();
            assistants.MapRuns();
        });
        _pipeline = app.Build();
    }

    /// <summary>Answers one request whose path begins with <c>/v1</c>.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        // The web server's limit gives way to this API's own. It would also hang up on a sender who is refused early,
        // who then never gets to read why.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }

        return _pipeline(context);
    }

    /// <summary>Answers with 403, in the API's shape, a request that the host does not let in.</summary>
    public Task ForbidAsync(HttpContext context, string message, string code) =>
        _errors.InvokeAsync(context, _ => throw ApiException.Forbidden(message, code));

    private async Task IdentifyAsync(HttpContext context, RequestDelegate next)
    {
        var caller = await _gate.IdentifyAsync(context.Request);
        context.Features.Set(caller);
        if (context.Features.Get<CountedRequestFeature>() is null)
        {
            _rates.Count(caller.Tenant, context.Response.Headers);
        }

        await next(context);
    }

    private async Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        var (method, path) = (context.Request.Method, context.Request.Path.Value!);
        var endpoint = context.GetEndpoint() ?? throw ApiException.UnknownUrl(method, path);
        if (endpoint is not RouteEndpoint)
        {
            // Routing's own answer to a route that exists for other methods: it sets the header Allow.
            await endpoint.RequestDelegate!(context);
            throw ApiException.WrongMethod(method, path);
        }

        if (_options.Compatibility.RequireBetaHeader && endpoint.Metadata.GetMetadata<NeedsBetaHeader>() is not null)
        {
            NeedsBetaHeader.Check(context.Request.Headers["OpenAI-Beta"]);
        }

        if (!HttpMethods.IsPost(method))
        {
            ObjectId.CheckRoute(context, _options.Compatibility.CheckIdPrefix);
        }

        await next(context);
    }
}
