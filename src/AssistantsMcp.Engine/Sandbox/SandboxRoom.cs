using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Storage;

namespace AssistantsMcp.Engine.Sandbox;

/// <summary>The room that the sandbox has for files.</summary>
/// <param name="MostBytes">Most bytes of all its files, and of the parts of its uploads.</param>
internal sealed record SandboxRoom(long MostBytes)
{
    public static SandboxRoom Default { get; } = new(256L * 1024 * 1024);

    /// <exception cref="ApiException">There is no room for so many bytes more.</exception>
    public async ValueTask CheckAsync(StoreTransaction write, string tenant, long bytes)
    {
        if (await write.FileBytesAsync(tenant) + bytes > MostBytes)
        {
            throw ApiException.SandboxIsFull($"{MostBytes} bytes of files");
        }
    }
}
