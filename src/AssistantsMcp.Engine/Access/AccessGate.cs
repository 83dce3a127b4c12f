using System.Security.Cryptography;
using System.Text;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Models;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine.Access;

/// <summary>Decides who a request comes from and whether they are let in.</summary>
internal sealed class AccessGate(IOptions<EngineOptions> options, ServerSecret secret, KeyVerifier verifier, BackendProfile backend)
{
    private const string Scheme = "Bearer ";

    private readonly EngineOptions _options = options.Value;
    private readonly HashSet<string> _listed = new(options.Value.Access.Keys, StringComparer.OrdinalIgnoreCase);

    /// <summary>Settles a request's caller from its <c>Authorization</c> header.</summary>
    /// <exception cref="ApiException">There is no key, it is malformed or refused, or it cannot be verified now; or its account is malformed.</exception>
    public async ValueTask<Caller> IdentifyAsync(HttpRequest request)
    {
        var key = ReadKey(request);
        var tenant = secret.Tenant(key);
        if (key == ApiKey.Sandbox)
        {
            return _options.Sandbox.Enabled is true ? new Caller(tenant, key, IsSandbox: true) : throw ApiException.SandboxIsOff();
        }

        await AdmitAsync(key, tenant, request.HttpContext.RequestAborted);
        return new Caller(tenant, key with { Account = AccountOf(request) }, IsSandbox: false);
    }

    /// <summary>Not for callers to choose where the key is this server's.</summary>
    private KeyAccount AccountOf(HttpRequest request) =>
        backend.TakesVendorFields && _options.Model.ApiKey is null ? KeyAccount.Of(request) : default;

    private static ApiKey ReadKey(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || string.IsNullOrWhiteSpace(header[Scheme.Length..]))
        {
            throw ApiException.MissingKey();
        }

        var key = header[Scheme.Length..].Trim();
        return KeyForm.Fits(key) ? new ApiKey(key) : throw ApiException.MalformedKey();
    }

    private async ValueTask AdmitAsync(ApiKey key, string tenant, CancellationToken cancellationToken)
    {
        switch (_options.Access.Mode)
        {
            case AccessMode.Open:
                return;
            case AccessMode.List:
                // Looked up by hash: how long it takes says nothing about the listed keys.
                if (!_listed.Contains(Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(key.Value)))))
                {
                    throw ApiException.RefusedKey(key);
                }

                return;
            default:
                switch (await verifier.VerifyAsync(key, tenant, cancellationToken))
                {
                    case KeyVerdict.Refused:
                        throw ApiException.RefusedKey(key);
                    case KeyVerdict.Unavailable:
                        throw ApiException.KeyNotVerifiable();
                }

                return;
        }
    }
}
