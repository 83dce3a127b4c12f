using AssistantsMcp.Engine.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AssistantsMcp.Engine.Files;

/// <summary>A multipart form with a file in it, read into memory.</summary>
internal static class UploadForm
{
    /// <summary>Largest file of the sandbox.</summary>
    public const int MostFileBytes = 16 * 1024 * 1024;

    private static readonly FormOptions _limits = new()
    {
        MultipartBodyLengthLimit = MostFileBytes,
        // Never to a temporary file: whose would it be, once the process is killed?
        MemoryBufferThreshold = MostFileBytes + 1,
        ValueCountLimit = 8,
    };

    /// <param name="request">The request.</param>
    /// <param name="fields">The fields that the form must have, as an error names them.</param>
    /// <exception cref="ApiException">It is no such form, or a file in it is too large.</exception>
    public static async Task<IFormCollection> ReadAsync(HttpRequest request, string fields)
    {
        if (!request.HasFormContentType)
        {
            throw ApiException.NotAForm(fields);
        }

        try
        {
            return await request.ReadFormAsync(_limits, request.HttpContext.RequestAborted);
        }
        catch (InvalidDataException exception) when (exception.Message.StartsWith("Multipart body length limit", StringComparison.Ordinal))
        {
            throw ApiException.FileTooLarge(MostFileBytes);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            throw ApiException.NotAForm(fields);
        }
    }

    /// <summary>The bytes of a file in the form.</summary>
    public static async Task<byte[]> ReadAsync(IFormFile file, CancellationToken cancellationToken)
    {
        var content = new byte[file.Length];
        await using var stream = file.OpenReadStream();
        await stream.ReadExactlyAsync(content, cancellationToken);
        return content;
    }
}
