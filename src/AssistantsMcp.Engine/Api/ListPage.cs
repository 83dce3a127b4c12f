using System.Buffers;
using AssistantsMcp.Engine.Storage;
using Microsoft.AspNetCore.Http;

namespace AssistantsMcp.Engine.Api;

/// <summary>One page of a list as the API sends it; the items are the stored bytes, unless shown otherwise.</summary>
internal sealed class ListPage(IReadOnlyList<StoredObject> items, bool hasMore) : IResult
{
    /// <summary>The same page with each object's JSON in another form.</summary>
    public ListPage Select(Func<byte[], byte[]> show) => new([.. items.Select(item => item with { Body = show(item.Body) })], hasMore);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = "application/json";
        var body = httpContext.Response.BodyWriter;

        body.Write("""{"object":"list","data":["""u8);
        for (var index = 0; index < items.Count; index++)
        {
            if (index > 0)
            {
                body.Write(","u8);
            }

            body.Write(items[index].Body);
        }

        body.Write("""],"first_id":"""u8);
        WriteId(body, items.Count == 0 ? null : items[0].Id);
        body.Write(""","last_id":"""u8);
        WriteId(body, items.Count == 0 ? null : items[^1].Id);
        body.Write(hasMore ? ""","has_more":true}"""u8 : ""","has_more":false}"""u8);

        await body.FlushAsync(httpContext.RequestAborted);
    }

    private static void WriteId(IBufferWriter<byte> body, string? id) =>
        body.Write(id is null ? "null"u8 : System.Text.Encoding.UTF8.GetBytes($"\"{id}\""));
}
