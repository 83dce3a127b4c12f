using System.Net.Mime;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using AssistantsMcp.Resources;

namespace AssistantsMcp.Connecting;

/// <summary>
/// The page at <c>/</c>: what this is and how to connect to it, by the address under which it was reached. It holds no
/// key and asks no other host for anything.
/// </summary>
internal static partial class StartPage
{
    private static readonly string _page = EmbeddedText.Read("StartPage.html");

    /// <summary>Its own script and style sheet run, by their hashes, and nothing else does.</summary>
    private static readonly string _policy =
        $"default-src 'none'; script-src '{Hash("script")}'; style-src '{Hash("style")}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static async Task WriteAsync(HttpContext context)
    {
        var page = Encoding.UTF8.GetBytes(Compose(AddressOf(context.Request)));
        context.Response.ContentType = MediaTypeNames.Text.Html + "; charset=utf-8";
        context.Response.ContentLength = page.Length;
        context.Response.Headers.ContentSecurityPolicy = _policy;
        await context.Response.Body.WriteAsync(page, context.RequestAborted);
    }

    /// <summary>As the reader's browser names this server. A proxy that ends TLS says so; only the reader sees the result.</summary>
    private static ServerAddress AddressOf(HttpRequest request)
    {
        var scheme = request.Headers["X-Forwarded-Proto"] == Uri.UriSchemeHttps ? Uri.UriSchemeHttps : request.Scheme;
        return ServerAddress.TryParse($"{scheme}://{request.Host}", out _) ?? ServerAddress.Default;
    }

    private static string Compose(ServerAddress server) => Mark().Replace(_page, mark => mark.Value switch
    {
        "@mcp" => Encoded($"{server}"),
        "@api" => Encoded(server.Api),
        "@key" => ClientTemplate.KeyPlaceholder,
        _ => string.Join('\n', ClientTemplates.All.Select((client, index) => Compose(client, server, isOpen: index == 0))),
    });

    private static string Compose(ClientTemplate client, ServerAddress server, bool isOpen) =>
        $"""
        <details name="client" id="{client.Id}"{(isOpen ? " open" : "")}>
        <summary>{Encoded(client.Name)}</summary>
        <p>{Code().Replace(Encoded(client.RemoteHint), "<code>$1</code>")}</p>
        <div class="snippet"><pre>{Encoded(client.Remote(server))}</pre></div>
        </details>
        """;

    private static string Encoded(string text) => HtmlEncoder.Default.Encode(text);

    private static string Hash(string element)
    {
        var begin = _page.IndexOf($"<{element}>", StringComparison.Ordinal) + element.Length + 2;
        var content = _page[begin.._page.IndexOf($"</{element}>", StringComparison.Ordinal)];
        return $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}";
    }

    [GeneratedRegex("@(?:mcp|api|key|clients)\\b", RegexOptions.CultureInvariant)]
    private static partial Regex Mark();

    [GeneratedRegex("`(.*?)`", RegexOptions.CultureInvariant)]
    private static partial Regex Code();
}
