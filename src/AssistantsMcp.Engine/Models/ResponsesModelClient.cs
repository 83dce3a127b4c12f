using System.Net;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using AssistantsMcp.Engine.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine.Models;

/// <summary>
/// Answers model turns by a Responses API: 1. the request is translated and posted, 2. its stream read event by
/// event, 3. each event turned into <see cref="ModelEvent"/>s, until a terminal one. 4. Whatever goes wrong on the
/// way becomes a <see cref="TurnFailed"/>; only a terminal event of the server's completes a turn.
/// </summary>
internal sealed partial class ResponsesModelClient(
    ModelServer server,
    ImageFiles images,
    BackendProfile backend,
    IOptions<EngineOptions> options,
    ModelMetrics metrics,
    TimeProvider clock,
    ILogger<ResponsesModelClient> logger) : IModelClient
{
    private const int LongestErrorBody = 64 * 1024;

    private readonly ModelOptions _options = options.Value.Model;

    public async IAsyncEnumerable<ModelEvent> StreamAsync(
        ModelRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        using var call = metrics.Begin(_options.NameSent(request.Model));
        await using var events = AskAsync(request, cancellationToken).GetAsyncEnumerator(cancellationToken);
        ModelEvent next;
        do
        {
            // 4. The turn ends with this event, whatever happens.
            next = await NextAsync(events, cancellationToken);
            call?.Saw(next);
            if (next is TurnFailed failed)
            {
                Log.Failed(logger, failed.Code, clock.GetElapsedTime(started).TotalMilliseconds);
            }

            yield return next;
        }
        while (next is not (TurnCompleted or TurnIncomplete or TurnFailed));
    }

    private async IAsyncEnumerable<ModelEvent> AskAsync(
        ModelRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var errors = new UpstreamErrors(request.Key, _options.ApiKey, server.Host);

        // 1.
        var body = ResponsesRequest.Write(await images.InlineAsync(request, cancellationToken), _options, backend);
        using var response = await server.PostResponsesAsync(body, request.Key, request.Tenant, cancellationToken);
        await using var stream = new SilenceGuard(await response.Content.ReadAsStreamAsync(cancellationToken), _options.Timeout, clock);
        if (await RefusalAsync(response, stream, errors, cancellationToken) is { } refusal)
        {
            yield return refusal;
            yield break;
        }

        // 2.
        var turn = new ResponseTurn(new CallIds(request.Items), errors, backend.SaysWhenCut ? null : request.MaxOutputTokens);
        await foreach (var sent in SseParser.Create(stream, Parse).EnumerateAsync(cancellationToken))
        {
            if (sent.Data is not { } data)
            {
                continue;
            }

            // 3.
            var type = data.Text("type") ?? (data.Find("error") is null ? sent.EventType : "error");
            foreach (var translated in turn.Accept(type, data))
            {
                yield return translated;
            }
        }
    }

    private async ValueTask<ModelEvent> NextAsync(IAsyncEnumerator<ModelEvent> events, CancellationToken cancellationToken)
    {
        try
        {
            return await events.MoveNextAsync()
                ? events.Current
                : UpstreamErrors.OfBrokenStream("ended before it was complete");
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (ModelServerException e)
        {
            return UpstreamErrors.OfOutage(e);
        }
        catch (InputException e)
        {
            return UpstreamErrors.OfInput(e.Message);
        }
        catch (TimeoutException)
        {
            return UpstreamErrors.OfOutage(ModelServerException.Silent(_options.Timeout));
        }
        catch (IOException e)
        {
            Log.Broke(logger, e.GetType().Name);
            return UpstreamErrors.OfBrokenStream("broke off");
        }
        catch (Exception e)
        {
            // A run must end, whatever a server sends. The exception's text may quote the stream, so only its type is logged.
            Log.NotUnderstood(logger, e.GetType().Name);
            return UpstreamErrors.OfBrokenStream("could not be understood");
        }
    }

    /// <summary>The failure that the answer's headers already tell; null when events follow.</summary>
    private async Task<TurnFailed?> RefusalAsync(
        HttpResponseMessage response, Stream stream, UpstreamErrors errors, CancellationToken cancellationToken)
    {
        var mediaType = response.Content.Headers.ContentType?.MediaType;
        if (response.StatusCode == HttpStatusCode.OK && string.Equals(mediaType, "text/event-stream", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var error = await ReadErrorAsync(stream, cancellationToken);
        return response.IsSuccessStatusCode
            ? errors.OfForeignAnswer(mediaType, error)
            : errors.OfStatus(response.StatusCode, error, ModelResilience.RetryAfter(response, clock));
    }

    private static async Task<UpstreamError> ReadErrorAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[LongestErrorBody];
        try
        {
            var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            return UpstreamError.Of(buffer.AsSpan(0, length));
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            // The status says enough.
            return default;
        }
    }

    /// <summary>An event's JSON object; null for what is no event, such as <c>[DONE]</c>.</summary>
    private static JsonElement? Parse(string eventType, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty || data.SequenceEqual("[DONE]"u8))
        {
            return null;
        }

        var parsed = ModelJson.Parse(data);
        return parsed.ValueKind == JsonValueKind.Object ? parsed : throw new JsonException("An event is no object.");
    }

    private static partial class Log
    {
        [LoggerMessage(211, LogLevel.Warning, "A model turn failed with {Code} after {ElapsedMs} ms.")]
        public static partial void Failed(ILogger logger, string code, double elapsedMs);

        [LoggerMessage(212, LogLevel.Warning, "The model server's stream broke: {Error}.")]
        public static partial void Broke(ILogger logger, string error);

        [LoggerMessage(213, LogLevel.Warning, "The model server's stream could not be understood: {Error}.")]
        public static partial void NotUnderstood(ILogger logger, string error);
    }
}
