using AssistantsMcp.Engine.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AssistantsMcp.Engine.Sandbox;

/// <summary>A multipart form with a file in it, read into memory.</summary>
internal static class UploadForm
{
    /// <param name="request">The request.</param>
    /// <param name="fields">The fields that the form must have, as an error names them.</param>
    /// <param name="mostBytes">Size of the largest file.</param>
    /// <exception cref="ApiException">It is no such form, it is in a character set that is not read, or a file in it is too large.</exception>
    public static async Task<IFormCollection> ReadAsync(HttpRequest request, string fields, int mostBytes)
    {
        if (!request.HasFormContentType)
        {
            throw ApiException.NotAForm(fields);
        }

        var options = new FormOptions
        {
            MultipartBodyLengthLimit = mostBytes,
            // Never to a temporary file: whose would it be, once the process is killed?
            MemoryBufferThreshold = mostBytes + 1,
            ValueCountLimit = 8,
        };
        try
        {
            return await request.ReadFormAsync(options, request.HttpContext.RequestAborted);
        }
        catch (InvalidDataException exception) when (exception.Message.StartsWith("Multipart body length limit", StringComparison.Ordinal))
        {
            throw ApiException.FileTooLarge(mostBytes);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or NotSupportedException)
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
