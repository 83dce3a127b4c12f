using System.Text.Json;
using AssistantsMcp.Engine.Files;

namespace AssistantsMcp.Engine.Models;

/// <summary>
/// Fetches the images that messages name by file id where the model server cannot look them up: those that are kept
/// here (a code interpreter made them), and all of them where it takes no ids, from the files of that very server.
/// Nothing else is fetched: a link is no reason to call whatever it names.
/// </summary>
internal sealed class ImageFiles(FileStore files, ModelServer server, BackendProfile backend)
{
    /// <summary>As many bytes as OpenAI takes in one request; an image that is shown twice counts twice.</summary>
    private const long MostBytes = 50 * 1024 * 1024;

    /// <summary>The request with such images as data URLs.</summary>
    /// <exception cref="InputException">An image cannot be had, or all of them are too much.</exception>
    /// <exception cref="ModelServerException">The server gave no answer.</exception>
    public async Task<ModelRequest> InlineAsync(ModelRequest request, CancellationToken cancellationToken)
    {
        var images = new Dictionary<string, string>(StringComparer.Ordinal);
        var bytes = 0L;
        foreach (var (fileId, shown) in request.Messages.Where(message => message.Text("role") != "assistant").SelectMany(IdsOf).CountBy(id => id))
        {
            var image = await files.ReadContentAsync(request.Tenant, fileId);
            if (image is null && !backend.TakesImageIds)
            {
                image = await FetchAsync(fileId, request, cancellationToken);
            }

            if (image is not null)
            {
                bytes += (long)image.Length * shown;
                if (bytes > MostBytes)
                {
                    throw InputException.TooManyImages(MostBytes / (1024 * 1024));
                }

                images[fileId] = DataUrl(fileId, image);
            }
        }

        return images.Count == 0 ? request : request with { Images = images };
    }

    private static IEnumerable<string> IdsOf(JsonElement message) =>
        message.Elements("content").Select(part => part.Find("image_file")?.Text("file_id")).OfType<string>();

    private async Task<byte[]> FetchAsync(string fileId, ModelRequest request, CancellationToken cancellationToken)
    {
        // The id becomes a part of a path.
        if (!fileId.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'))
        {
            throw InputException.ImageById(fileId, "cannot be asked for");
        }

        var file = await server.GetFileAsync(fileId, request.Key, request.Tenant, cancellationToken);
        return file.Status == 200 ? file.Body : throw InputException.ImageById(fileId, $"could not be read from it (status {file.Status})");
    }

    private static string DataUrl(string fileId, byte[] image) =>
        MediaTypeOf(image) is { } type ? $"data:{type};base64,{Convert.ToBase64String(image)}" : throw InputException.NoImage(fileId);

    private static string? MediaTypeOf(ReadOnlySpan<byte> image) => image switch
    {
        [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => "image/png",
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => "image/gif",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => "image/webp",
        _ => null,
    };
}
