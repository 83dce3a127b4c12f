using AssistantsMcp;
using AssistantsMcp.Conformance;

// The server as it is, with the fixtures of the official conformance suite beside its own tools.
return await Launch.RunAsync(() => AssistantsMcpHost.Create(args, builder => builder.Services.AddMcpServer().WithFixtures()));
