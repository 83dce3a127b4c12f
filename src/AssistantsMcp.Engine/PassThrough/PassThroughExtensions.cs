using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Yarp.ReverseProxy.Forwarder;

namespace AssistantsMcp.Engine.PassThrough;

/// <summary>Registers what passes requests on.</summary>
internal static class PassThroughExtensions
{
    public static IServiceCollection AddPassThrough(this IServiceCollection services)
    {
        services.AddSingleton(_ => NewForwarder());
        services.AddSingleton<ModelServerForwarder>();
        return services;
    }

    /// <summary>
    /// YARP's forwarder by itself, without a log: its lines would show the whole address, and a stack trace for each
    /// caller who hangs up. <see cref="ModelServerForwarder"/> says what is to be said.
    /// </summary>
    private static IHttpForwarder NewForwarder()
    {
        var services = new ServiceCollection();
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddHttpForwarder();
        return services.BuildServiceProvider().GetRequiredService<IHttpForwarder>();
    }
}
