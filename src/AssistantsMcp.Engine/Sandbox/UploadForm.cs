using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Schemas;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace AssistantsMcp.Engine.Sandbox;

/// <summary>A multipart form with a file in it. The file's bytes are in memory once, in the pieces in which they came.</summary>
internal sealed class UploadForm : IRequestContent
{
    /// <summary>Room for everything in the form that is not the file.</summary>
    private const int FieldBytes = 64 * 1024;

    private const int MostSections = 16;
    private const int LongestBoundary = 128;

    private static readonly StreamPipeReaderOptions _pieces = new(bufferSize: 64 * 1024);

    private readonly Dictionary<string, string> _fields = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<string> Names => _fields.Keys;

    /// <summary>The file's name as it was sent; empty where it has none.</summary>
    public string Filename { get; private set; } = "";

    public ReadOnlySequence<byte>? Content { get; private set; }

    /// <param name="request">The request.</param>
    /// <param name="file">The field with the file.</param>
    /// <param name="fields">The fields that the form must have, as an error names them.</param>
    /// <param name="mostBytes">Size of the largest file; the whole form may have 64 KiB more.</param>
    /// <exception cref="ApiException">It is no such form, it is in a character set that is not read, there is no file, or it is too large.</exception>
    public static async Task<UploadForm> ReadAsync(HttpRequest request, string file, string fields, int mostBytes)
    {
        if (Boundary(request) is not { } boundary)
        {
            throw ApiException.NotAForm(fields);
        }

        if (request.ContentLength > (long)mostBytes + FieldBytes)
        {
            throw ApiException.FileTooLarge(mostBytes);
        }

        var form = new UploadForm();
        try
        {
            await form.ReadSectionsAsync(new MultipartReader(boundary, request.Body), file, mostBytes, request.HttpContext.RequestAborted);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            throw ApiException.NotAForm(fields);
        }

        return form.Content is null ? throw ApiException.Invalid(SchemaViolation.Missing(file)) : form;
    }

    /// <exception cref="ApiException">The form has no such field.</exception>
    public string Text(string name) =>
        _fields.TryGetValue(name, out var text) && text.Length > 0 ? text : throw ApiException.Invalid(SchemaViolation.Missing(name));

    /// <summary>Two forms are the same with the same fields and the same file; what parts their sections differs each time.</summary>
    public void AppendTo(IncrementalHash hash)
    {
        var fields = _fields.OrderBy(field => field.Key, StringComparer.Ordinal).Append(new("filename", Filename));
        foreach (var (name, value) in fields)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name.Length} {name} {value.Length} {value}\n"));
        }

        foreach (var piece in Content!.Value)
        {
            hash.AppendData(piece.Span);
        }
    }

    private async Task ReadSectionsAsync(MultipartReader reader, string file, int mostBytes, CancellationToken cancellationToken)
    {
        var room = (long)mostBytes + FieldBytes;
        for (var count = 0; await reader.ReadNextSectionAsync(cancellationToken) is { } section; count++)
        {
            var disposition = section.GetContentDispositionHeader();
            var name = HeaderUtilities.RemoveQuotes(disposition?.Name ?? default).ToString();
            if (count == MostSections || !IsUtf8(section))
            {
                throw new InvalidDataException();
            }

            var isFile = disposition?.IsFileDisposition() is true;
            var isWanted = isFile && Content is null && name == file;
            var content = await ReadAsync(section.Body, Math.Min(room, isWanted ? mostBytes : FieldBytes), mostBytes, cancellationToken);
            room -= content.Length;
            if (isWanted)
            {
                (Filename, Content) = (FilenameOf(disposition!), content);
            }
            else if (!isFile)
            {
                _fields.TryAdd(name, Encoding.UTF8.GetString(content));
            }
        }
    }

    private static async Task<ReadOnlySequence<byte>> ReadAsync(Stream body, long most, int mostBytes, CancellationToken cancellationToken)
    {
        // Never completed: that would take the pieces back.
        var reader = PipeReader.Create(body, _pieces);
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            if (read.Buffer.Length > most)
            {
                throw ApiException.FileTooLarge(mostBytes);
            }

            if (read.IsCompleted)
            {
                return read.Buffer;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static string? Boundary(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
        && HeaderUtilities.RemoveQuotes(type.Boundary) is { Length: > 0 and <= LongestBoundary } boundary
            ? boundary.ToString()
            : null;

    private static bool IsUtf8(MultipartSection section) =>
        !MediaTypeHeaderValue.TryParse(section.ContentType, out var type)
        || type.Charset is not { Length: > 0 } charset
        || HeaderUtilities.RemoveQuotes(charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase);

    private static string FilenameOf(ContentDispositionHeaderValue disposition) =>
        HeaderUtilities.RemoveQuotes(disposition.FileNameStar is { Length: > 0 } encoded ? encoded : disposition.FileName).ToString();
}
