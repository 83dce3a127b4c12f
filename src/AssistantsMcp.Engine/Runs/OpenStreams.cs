using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine.Runs;

/// <summary>Counts the streams that each tenant has open, so that one alone cannot take all connections and memory.</summary>
internal sealed class OpenStreams(IOptions<EngineOptions> options, StreamMetrics metrics)
{
    private readonly int _limit = options.Value.Limits.ConcurrentStreams;
    private readonly Dictionary<string, int> _open = new(StringComparer.Ordinal);

    /// <summary>Lets a request bring about its result; one for a stream only when there is room for another.</summary>
    /// <exception cref="ApiException">The tenant has as many streams open as are allowed; nothing was done.</exception>
    public async Task<IResult> AdmitAsync(Caller caller, RequestBody request, Func<Task<IResult>> answer)
    {
        if (!request.IsTrue("stream"))
        {
            return await answer();
        }

        Enter(caller.Tenant);
        try
        {
            return new Counted(await answer(), () => Leave(caller.Tenant));
        }
        catch
        {
            Leave(caller.Tenant);
            throw;
        }
    }

    private void Enter(string tenant)
    {
        lock (_open)
        {
            var open = _open.GetValueOrDefault(tenant);
            _open[tenant] = open < _limit ? open + 1 : throw ApiException.TooManyStreams(_limit);
        }

        metrics.Opened();
    }

    private void Leave(string tenant)
    {
        lock (_open)
        {
            if (--_open[tenant] == 0)
            {
                _open.Remove(tenant);
            }
        }

        metrics.Closed();
    }

    /// <summary>Counts until the last byte is sent, or the reader is gone.</summary>
    private sealed class Counted(IResult stream, Action leave) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            try
            {
                await stream.ExecuteAsync(httpContext);
            }
            finally
            {
                leave();
            }
        }
    }
}
