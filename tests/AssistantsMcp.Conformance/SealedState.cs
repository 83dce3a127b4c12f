using System.Security.Cryptography;
using System.Text;
using ModelContextProtocol;

namespace AssistantsMcp.Conformance;

/// <summary>State that a client keeps for the server and cannot change.</summary>
internal static class SealedState
{
    private static readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public static string Close(string state) => $"{Convert.ToHexString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(state)))}.{state}";

    /// <returns>The state; null when there is none.</returns>
    /// <exception cref="McpProtocolException">Somebody changed it.</exception>
    public static string? Open(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var state = text[(text.IndexOf('.', StringComparison.Ordinal) + 1)..];
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Close(state)), Encoding.UTF8.GetBytes(text))
            ? state
            : throw new McpProtocolException("requestState is not what this server sent.", McpErrorCode.InvalidParams);
    }
}
