using AssistantsMcp.Engine;
using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Api;
using Microsoft.Extensions.Options;

namespace AssistantsMcp.Tests.Access;

public sealed class ServerSecretTests : IDisposable
{
    private static readonly ApiKey _key = new("sk-alice");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("assistants-mcp-");

    private string SecretFile => Path.Combine(_folder.FullName, "data", "test.secret");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void SecretFile_IsMadeOnceAndForItsUserAlone()
    {
        var first = Create().Tenant(_key);
        var text = File.ReadAllText(SecretFile);

        var second = Create().Tenant(_key);

        Assert.Matches("^[0-9a-f]{32}$", first);
        Assert.Equal(first, second);
        Assert.Equal(text, File.ReadAllText(SecretFile));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SecretFile));
        }
    }

    [Fact]
    public async Task SimultaneousStarters_AgreeOnOneSecret()
    {
        using var start = new Barrier(8);
        for (var round = 0; round < 10; round++)
        {
            var tenants = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    return Create().Tenant(_key);
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)));

            Assert.Single(tenants.Distinct());
            Assert.Equal([SecretFile], Directory.GetFiles(Path.GetDirectoryName(SecretFile)!));
            File.Delete(SecretFile);
        }
    }

    [Fact]
    public void AnotherSecretOrKey_IsAnotherTenant()
    {
        var secret = Create();
        var other = Create(Convert.ToBase64String(new byte[32]));

        Assert.NotEqual(secret.Tenant(_key), secret.Tenant(new ApiKey("sk-bob")));
        Assert.NotEqual(secret.Tenant(_key), other.Tenant(_key));
    }

    [Fact]
    public void SealedKey_OpensForItsRunOnly()
    {
        var secret = Create();

        var sealedKey = secret.Seal(_key, "run_1");

        Assert.Equal(_key, secret.Open(sealedKey, "run_1"));
        Assert.ThrowsAny<System.Security.Cryptography.CryptographicException>(() => secret.Open(sealedKey, "run_2"));
        Assert.DoesNotContain("alice", System.Text.Encoding.Latin1.GetString(sealedKey), StringComparison.Ordinal);
        Assert.NotEqual(sealedKey, secret.Seal(_key, "run_1"));
    }

    [Theory]
    [InlineData("short")]
    [InlineData("c2hvcnQ=")]
    [InlineData("not base64, however long it may be in the end, and longer")]
    public void UnusableSecret_StopsTheStartWithTheRemedy(string configured)
    {
        var exception = Assert.Throws<StartupException>(() => Create(configured));

        Assert.Equal("Secrets:Key must be at least 32 bytes in base64; make one with: openssl rand -base64 32", exception.Message);
    }

    [Fact]
    public void UnusableSecretFile_StopsTheStartAndIsLeftAsItIs()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(SecretFile)!);
        File.WriteAllText(SecretFile, "half");

        var exception = Assert.Throws<StartupException>(() => Create());

        Assert.StartsWith($"{SecretFile} must be at least 32 bytes in base64", exception.Message, StringComparison.Ordinal);
        Assert.Equal("half", File.ReadAllText(SecretFile));
    }

    private ServerSecret Create(string? configured = null) => new(Options.Create(new EngineOptions
    {
        Storage = new StorageOptions { ConnectionString = $"Data Source={Path.Combine(_folder.FullName, "data", "test.db")}" },
        Secrets = new SecretsOptions { Key = configured },
    }));
}
