using System.Security.Cryptography;
using System.Text;
using AssistantsMcp.Engine.Api;
using AssistantsMcp.Engine.Storage;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Engine.Access;

/// <summary>
/// The server's secret and what is derived from it: tenants from keys (HMAC-SHA256, 128 bits), and the seal
/// (AES-256-GCM) that keeps the key of a run that has not ended.
/// </summary>
internal sealed class ServerSecret
{
    private const int MinimumBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int MaxTries = 100;

    private static readonly TimeSpan _betweenTries = TimeSpan.FromMilliseconds(20);

    private readonly byte[] _tenantKey;
    private readonly byte[] _sealKey;

    /// <exception cref="StartupException">The configured secret is unusable, or its file can be neither read nor made.</exception>
    public ServerSecret(IOptions<EngineOptions> options)
    {
        var secret = options.Value.Secrets.Key is { } configured
            ? Decode(configured, "Secrets:Key")
            : ReadOrCreateFile(SqliteDatabase.FilePath(options.Value.Storage.ConnectionString));
        _tenantKey = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, info: "tenant"u8.ToArray());
        _sealKey = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, info: "seal"u8.ToArray());
    }

    /// <summary>The tenant that a key stands for.</summary>
    public string Tenant(ApiKey key)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_tenantKey, Encoding.ASCII.GetBytes(key.Value), hash);
        return Convert.ToHexStringLower(hash[..16]);
    }

    /// <summary>Encrypts a key, bound to the run it is for.</summary>
    public byte[] Seal(ApiKey key, string runId)
    {
        var plain = Encoding.ASCII.GetBytes(key.Value);
        var sealedKey = new byte[NonceBytes + TagBytes + plain.Length];
        var nonce = sealedKey.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_sealKey, TagBytes);
        aes.Encrypt(nonce, plain, sealedKey.AsSpan(NonceBytes + TagBytes), sealedKey.AsSpan(NonceBytes, TagBytes), Encoding.ASCII.GetBytes(runId));
        return sealedKey;
    }

    /// <summary>Decrypts what <see cref="Seal"/> made.</summary>
    /// <exception cref="CryptographicException">It was sealed with another secret, or for another run.</exception>
    public ApiKey Open(byte[] sealedKey, string runId)
    {
        var plain = new byte[sealedKey.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(_sealKey, TagBytes);
        aes.Decrypt(
            sealedKey.AsSpan(0, NonceBytes),
            sealedKey.AsSpan(NonceBytes + TagBytes),
            sealedKey.AsSpan(NonceBytes, TagBytes),
            plain,
            Encoding.ASCII.GetBytes(runId));
        return new ApiKey(Encoding.ASCII.GetString(plain));
    }

    private static byte[] Decode(string base64, string source)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64.Trim(), bytes, out var length) && length >= MinimumBytes
            ? bytes[..length]
            : throw new StartupException($"{source} must be at least {MinimumBytes} bytes in base64; make one with: openssl rand -base64 32");
    }

    /// <summary>The secret beside the database file, made by whichever process comes first, readable by its user alone.</summary>
    private static byte[] ReadOrCreateFile(string databaseFile)
    {
        var file = Path.ChangeExtension(databaseFile, ".secret");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            if (!File.Exists(file))
            {
                CreateFile(file);
            }

            return Decode(File.ReadAllText(file), file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The secret file {file} cannot be read or made ({exception.Message}). Give this user access to the folder, or set Secrets:Key.", exception);
        }
    }

    private static void CreateFile(string file)
    {
        // Moving a file to a name that must be free is not one step on Unix, so processes that start at the same moment
        // take turns: with two secrets, callers would find their objects through one of them only.
        using var turn = TakeTurn($"{file}.lock");
        if (File.Exists(file))
        {
            return;
        }

        // Written under another name first: a process that stops halfway must not leave half a secret.
        var draft = $"{file}.new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var stream = new FileStream(draft, options))
        {
            stream.Write(Encoding.ASCII.GetBytes($"{Convert.ToBase64String(RandomNumberGenerator.GetBytes(MinimumBytes))}\n"));

            // On disk before any object is: without its secret nobody finds their objects again.
            stream.Flush(flushToDisk: true);
        }

        File.Move(draft, file);
    }

    /// <summary>A file that one process at a time holds open; the system lets go of it when the process ends, however it ends.</summary>
    private static FileStream TakeTurn(string file)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
            }
            catch (IOException) when (tries < MaxTries)
            {
                Thread.Sleep(_betweenTries);
            }
        }
    }
}
