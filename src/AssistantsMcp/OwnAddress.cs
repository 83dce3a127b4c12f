using AssistantsMcp.Engine;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace AssistantsMcp;

/// <summary>
/// Guards against a server that is its own model server: <c>OPENAI_BASE_URL</c> points here in the very shells from
/// which programs are to use this server, and every run would wait for itself.
/// </summary>
internal static class OwnAddress
{
    /// <exception cref="StartupException">The model server's address is one of those on which this server listens.</exception>
    public static void RefuseAsModelServer(WebApplication app)
    {
        var model = app.Services.GetRequiredService<IOptions<EngineOptions>>().Value.Model.BaseUrl;
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        if (addresses.Select(BindingAddress.Parse).Any(own => own.Port == model.Port && (model.IsLoopback || model.Host == own.Host)))
        {
            throw new StartupException(
                $"Model:BaseUrl ({model}) names this very server, which executes no runs by itself. Name a server that offers /v1/responses, or start this one without OPENAI_BASE_URL.");
        }
    }
}
