using System.Text.Json;

namespace AssistantsMcp.Engine.Models;

/// <summary>
/// Fetches the images that messages name by file id, for a model server that takes no ids, from the files of that
/// very server. Nothing else is fetched: a link is no reason to call whatever it names.
/// </summary>
internal sealed class ImageFiles(ModelServer server, BackendProfile backend)
{
    /// <summary>The request with its image files as data URLs; as it is where the server takes ids.</summary>
    /// <exception cref="InputException">An image cannot be had.</exception>
    /// <exception cref="ModelServerException">The server gave no answer.</exception>
    public async Task<ModelRequest> InlineAsync(ModelRequest request, CancellationToken cancellationToken)
    {
        if (backend.TakesImageIds)
        {
            return request;
        }

        var images = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var fileId in request.Messages.Where(message => message.Text("role") != "assistant").SelectMany(IdsOf).Distinct())
        {
            images[fileId] = await ReadAsync(fileId, request, cancellationToken);
        }

        return request with { Images = images };
    }

    private static IEnumerable<string> IdsOf(JsonElement message) =>
        message.Elements("content").Select(part => part.Find("image_file")?.Text("file_id")).OfType<string>();

    private async Task<string> ReadAsync(string fileId, ModelRequest request, CancellationToken cancellationToken)
    {
        // The id becomes a part of a path.
        if (!fileId.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'))
        {
            throw InputException.ImageById(fileId, "cannot be asked for");
        }

        var file = await server.GetFileAsync(fileId, request.Key, request.Tenant, cancellationToken);
        if (file.Status != 200)
        {
            throw InputException.ImageById(fileId, $"could not be read from it (status {file.Status})");
        }

        return MediaTypeOf(file.Body) is { } type
            ? $"data:{type};base64,{Convert.ToBase64String(file.Body)}"
            : throw InputException.ImageById(fileId, "is no PNG, JPEG, GIF or WebP image");
    }

    private static string? MediaTypeOf(ReadOnlySpan<byte> image) => image switch
    {
        [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => "image/png",
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => "image/gif",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => "image/webp",
        _ => null,
    };
}
