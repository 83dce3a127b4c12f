using System.Net.ServerSentEvents;
using System.Text.Json;

namespace AssistantsMcp.Tests;

/// <summary>Reads a stream event by event.</summary>
internal sealed class EventReader(HttpResponseMessage response) : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private IAsyncEnumerator<SseItem<string>>? _events;

    public HttpResponseMessage Response => response;

    /// <summary>The next event; null at the end of the stream.</summary>
    public async Task<StreamEvent?> NextAsync()
    {
        _events ??= SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync().GetAsyncEnumerator();
        return await _events.MoveNextAsync().AsTask().WaitAsync(_patience)
            ? new StreamEvent(_events.Current.EventType, _events.Current.Data)
            : null;
    }

    /// <summary>Reads up to an event of this name, and returns it.</summary>
    public async Task<StreamEvent> NextAsync(string name)
    {
        while (await NextAsync() is { } happened)
        {
            if (happened.Name == name)
            {
                return happened;
            }
        }

        throw new InvalidOperationException($"The stream ended without {name}.");
    }

    /// <summary>Reads what is left, to the end.</summary>
    public async Task<List<StreamEvent>> RestAsync()
    {
        var events = new List<StreamEvent>();
        while (await NextAsync() is { } happened)
        {
            events.Add(happened);
        }

        return events;
    }

    public async ValueTask DisposeAsync()
    {
        if (_events is not null)
        {
            await _events.DisposeAsync();
        }

        response.Dispose();
    }
}

/// <summary>One event of a stream.</summary>
internal sealed record StreamEvent(string Name, string Data)
{
    public JsonElement Json => JsonElement.Parse(Data);
}
