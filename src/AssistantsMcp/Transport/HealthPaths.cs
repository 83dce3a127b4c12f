namespace AssistantsMcp.Transport;

/// <summary>What orchestrators ask for: often, under any name, and from outside every browser.</summary>
internal static class HealthPaths
{
    public const string Alive = "/healthz";
    public const string Ready = "/readyz";

    public static bool Contain(PathString path) => path == Alive || path == Ready;
}
