using ModelContextProtocol.Protocol;

namespace AssistantsMcp.Conformance;

/// <summary>Everything that the suite calls by name.</summary>
internal static class Fixtures
{
    /// <summary>One red pixel.</summary>
    public static byte[] Picture { get; } =
        Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==");

    /// <summary>The shortest sound file there is: a header, and no sample.</summary>
    public static byte[] Sound { get; } =
    [
        .. "RIFF"u8, 36, 0, 0, 0, .. "WAVEfmt "u8, 16, 0, 0, 0, 1, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x40, 0x1F, 0, 0, 1, 0, 8, 0, .. "data"u8, 0, 0, 0, 0,
    ];

    public static void WithFixtures(this IMcpServerBuilder mcp) => mcp
        .WithTools<ContentTools>()
        .WithTools<NotificationTools>()
        .WithTools<SessionTools>()
        .WithTools<InputTools>()
        .WithPrompts<FixturePrompts>()
        .WithResources<FixtureResources>()
        .WithCompleteHandler((_, _) => ValueTask.FromResult(new CompleteResult { Completion = new Completion { Values = ["park", "party"], Total = 2 } }))
        .WithSubscribeToResourcesHandler((_, _) => ValueTask.FromResult(new EmptyResult()))
        .WithUnsubscribeFromResourcesHandler((_, _) => ValueTask.FromResult(new EmptyResult()));
}
