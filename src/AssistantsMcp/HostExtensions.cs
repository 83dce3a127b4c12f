using AssistantsMcp.Clients;
using AssistantsMcp.Engine;
using AssistantsMcp.Telemetry;
using AssistantsMcp.Tools;
using AssistantsMcp.Transport;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Server;

namespace AssistantsMcp;

/// <summary>Services, then the pipeline in the order requests pass.</summary>
internal static class HostExtensions
{
    /// <summary>What both ways to serve the tools share: settings, the engine, the client of the tools.</summary>
    public static void AddAssistantsMcp(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IValidateOptions<AssistantsMcpOptions>, AssistantsMcpOptionsValidator>();
        services.AddOptions<AssistantsMcpOptions>().BindConfiguration(AssistantsMcpOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ToolsetOptions>, ToolsetOptionsValidator>();
        services.AddOptions<ToolsetOptions>().BindConfiguration(ToolsetOptions.Section).Configure<IConfiguration>(ToolsetOptions.AddLines).ValidateOnStart();
        services.AddSingleton<OperatorTools>();
        services.AddOptions<HostOptions>().Configure<IOptions<EngineOptions>>(
            (host, engine) => host.ShutdownTimeout = engine.Value.Limits.ShutdownGrace);

        services.AddAssistantsEngine();
        services.AddAssistantClient();
        services.AddScoped<ToolCallFilter>();
        services.AddSingleton<WaitMetrics>();
        services.AddSingleton<OpenWaits>();
        services.AddScoped<RunWait>();
    }

    /// <summary>Takes the caller's key out of each request, before anything can log it.</summary>
    public static void AddCallerKeyOfRequest(this IServiceCollection services)
    {
        services.AddHttpContextAccessor();
        services.AddSingleton<IHttpContextFactory, KeyHidingContextFactory>();
        services.AddScoped(scope => scope.GetRequiredService<IHttpContextAccessor>().HttpContext!.Features.GetRequiredFeature<ApiKeyFeature>());
    }

    /// <summary>Lets each request hide tools that the operator shows; beyond that, every request gets the same.</summary>
    public static void AddToolsOfRequest(this IServiceCollection services)
    {
        services.AddSingleton<IOptionsFactory<McpServerOptions>, SharedServerOptions>();
        services.AddScoped(scope =>
            scope.GetRequiredService<IHttpContextAccessor>().HttpContext!.Features.Get<ToolSelection>() ?? scope.GetRequiredService<OperatorTools>().Selection);
    }

    /// <summary>The REST door. It stands before this app's routing, because the engine routes by itself.</summary>
    public static void UseAssistantsApi(this WebApplication app)
    {
        var api = app.Services.GetRequiredService<AssistantsApi>();
        app.MapWhen(context => context.Request.Path.StartsWithSegments("/v1"), branch => branch.Run(api.InvokeAsync));
    }

    /// <summary>What happens to a request of the MCP door before the SDK sees it.</summary>
    public static void UseMcpDoor(this WebApplication app) =>
        app.UseWhen(context => context.Request.Path.StartsWithSegments(McpPaths.Root), door => door
            .UseMiddleware<McpErrors>()
            .UseWhen(context => context.Request.Path == McpPaths.Root, endpoint => endpoint
                .UseMiddleware<ApiKeyRequired>()
                .UseMiddleware<ToolsOfRequest>()
                .UseMiddleware<JsonRpcBodies>()
                .UseMiddleware<ResponseForms>()));

    /// <summary><c>/healthz</c>: the process is alive. <c>/readyz</c>: it can do its work.</summary>
    public static void MapHealth(this WebApplication app)
    {
        app.MapHealthChecks(HealthPaths.Alive, new HealthCheckOptions { Predicate = _ => false }).DisableHttpMetrics();
        app.MapHealthChecks(HealthPaths.Ready).DisableHttpMetrics();
    }
}
