using System.Diagnostics;

namespace AssistantsMcp.Engine.Telemetry;

/// <summary>What this program tells of itself, under one name: its meter and its source of spans.</summary>
public static class EngineTelemetry
{
    /// <summary>The name of the meter and of the source.</summary>
    public const string Name = "AssistantsMcp";

    /// <summary>Starts the program's own spans; costs nothing while nobody listens.</summary>
    public static ActivitySource Source { get; } = new(Name);
}
