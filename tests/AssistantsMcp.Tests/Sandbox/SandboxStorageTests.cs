using System.ClientModel;
using System.Text;
using OpenAI;
using OpenAI.Files;

namespace AssistantsMcp.Tests.Sandbox;

/// <summary>What the sandbox keeps itself. Its key is one tenant, so each test has an app of its own.</summary>
public abstract class SandboxStorageTests : IAsyncLifetime
{
    private readonly OpenApp _open = new();

    private protected TestApp App => _open.App;

    private protected WireCaller Caller => new(App, "sandbox");

    private protected OpenAIFileClient Files => new(new ApiKeyCredential("sandbox"), new OpenAIClientOptions { Endpoint = Endpoint });

    private protected Uri Endpoint => new(App.Http.BaseAddress!, "v1");

    public Task InitializeAsync() => _open.InitializeAsync();

    public Task DisposeAsync() => _open.DisposeAsync();

    private protected Task<WireAnswer> UploadAsync(string content, string name = "a.txt", string purpose = "assistants") =>
        UploadAsync(Encoding.UTF8.GetBytes(content), name, purpose);

    private protected Task<WireAnswer> UploadAsync(byte[] content, string name = "a.txt", string purpose = "assistants") =>
        UploadAsync(Caller, content, name, purpose);

    private protected static async Task<WireAnswer> UploadAsync(WireCaller caller, byte[] content, string name = "a.txt", string purpose = "assistants")
    {
        using var form = new MultipartFormDataContent { { new StringContent(purpose), "purpose" }, { new ByteArrayContent(content), "file", name } };
        return await caller.SendAsync(HttpMethod.Post, "/files", form, beta: null);
    }
}
