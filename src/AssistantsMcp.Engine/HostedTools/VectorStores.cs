using AssistantsMcp.Engine.Access;
using AssistantsMcp.Engine.Sandbox;

namespace AssistantsMcp.Engine.HostedTools;

/// <summary>Whose vector stores a caller has: the model provider's, or in the sandbox this server's own.</summary>
internal sealed class VectorStores(ProviderVectorStores provider, SandboxVectorStores sandbox)
{
    public IVectorStores Of(Caller caller) => caller.IsSandbox ? sandbox : provider;
}
