using AssistantsMcp.Engine.Access;

namespace AssistantsMcp.Engine.HostedTools;

/// <summary>Whose vector stores a caller has: the model provider's, or in the sandbox this server's own.</summary>
internal sealed class VectorStores(ProviderVectorStores provider)
{
    public IVectorStores Of(Caller caller) => provider;
}
