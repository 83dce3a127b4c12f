using System.Net.Mime;

namespace AssistantsMcp;

/// <summary>The page at <c>/</c>: what this is and how to connect. It holds no key and asks no other host for anything.</summary>
internal static class WelcomePage
{
    private static readonly byte[] Page = Read();

    public static async Task WriteAsync(HttpContext context)
    {
        context.Response.ContentType = MediaTypeNames.Text.Html + "; charset=utf-8";
        context.Response.ContentLength = Page.Length;
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        await context.Response.Body.WriteAsync(Page, context.RequestAborted);
    }

    private static byte[] Read()
    {
        using var resource = typeof(WelcomePage).Assembly.GetManifestResourceStream("Welcome.html")!;
        using var copy = new MemoryStream();
        resource.CopyTo(copy);
        return copy.ToArray();
    }
}
