using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Storage;

namespace AssistantsMcp.Engine.Messages;

/// <summary>Adds what clients write to a thread, as long as it has room. What runs write has room always.</summary>
internal static class ThreadMessages
{
    /// <exception cref="ApiException">The thread would hold more messages than one may.</exception>
    public static async ValueTask AddAsync(
        StoreTransaction write, string tenant, string threadId, IReadOnlyList<MessageObject> messages, RequestLimits limits)
    {
        if (messages.Count > 0
            && (await write.MostMessagesAsync(tenant, threadId) is not { } most || most + messages.Count > limits.MessagesPerThread))
        {
            Check(threadId, await write.CountMessagesAsync(tenant, threadId) + messages.Count, limits);
        }

        foreach (var message in messages)
        {
            await write.InsertAsync(tenant, message.ToNewObject());
        }
    }

    /// <exception cref="ApiException">These are more messages than a thread may hold.</exception>
    public static void Check(string threadId, long count, RequestLimits limits)
    {
        if (count > limits.MessagesPerThread)
        {
            throw ApiException.ThreadFull(threadId, limits.MessagesPerThread);
        }
    }
}
