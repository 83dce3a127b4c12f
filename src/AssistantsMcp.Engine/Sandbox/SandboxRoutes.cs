using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.PassThrough;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AssistantsMcp.Engine.Sandbox;

/// <summary>Routes that this server answers in the sandbox, and the model server for everybody else.</summary>
internal static class SandboxRoutes
{
    public static RouteGroupBuilder MapSandboxGroup(this IEndpointRouteBuilder api, string prefix) =>
        api.MapGroup(prefix).AddEndpointFilter(async (invocation, next) =>
        {
            var context = invocation.HttpContext;
            return context.Features.GetRequiredFeature<Caller>() is { IsSandbox: false } caller
                ? context.RequestServices.GetRequiredService<ModelServerForwarder>().Forward(caller)
                : await next(invocation);
        });
}
