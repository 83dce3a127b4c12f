namespace AssistantsMcp.Engine.Access;

/// <summary>Says of a request that it is a part of one that has been counted already: see <c>Limits:RequestsPerMinute</c>.</summary>
public sealed class CountedRequestFeature
{
    private CountedRequestFeature()
    {
    }

    public static CountedRequestFeature Instance { get; } = new();
}
