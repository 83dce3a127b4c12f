using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace AssistantsMcp.Engine.Api;

/// <summary>What a request brings along, as far as two requests can differ in it.</summary>
internal interface IRequestContent
{
    void AppendTo(IncrementalHash hash);
}

/// <summary>Tells whether two requests ask for the same.</summary>
internal static class RequestHash
{
    /// <summary>SHA-256 of method, path, query and content.</summary>
    public static byte[] Of(HttpRequest request, IRequestContent content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}\n"));
        content.AppendTo(hash);
        return hash.GetHashAndReset();
    }
}
