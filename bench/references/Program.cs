using AssistantsMcp.References;

// What the server is measured against: each part does the bare minimum of one thing that the server does.
// AssistantsMcp.References PART --urls URL [--setting value …]; the parts are the cases below, and say what they need.
var (part, settings) = (args.FirstOrDefault(), args.Skip(1).ToArray());
if (part == "relay-stdio")
{
    await MinimalTool.ServeStdioAsync(settings);
    return;
}

var builder = WebApplication.CreateSlimBuilder(settings);
builder.Logging.ClearProviders();
switch (part)
{
    case "tool" or "relay":
        builder.AddMinimalTool(part);
        break;
    case "list":
        builder.AddDeclaredTools();
        break;
}

var app = builder.Build();
switch (part)
{
    case "ok":
        app.MapGet("/", (HttpContext context) => context.Response.WriteAsync("ok"));
        break;
    case "row":
        app.MapStoredRow();
        break;
    case "commit":
        app.MapCommits();
        break;
    case "tool" or "relay" or "list":
        app.MapMcp("/mcp");
        break;
    case "relay-stream":
        app.MapStreamRelay();
        break;
    case "stub":
        app.MapStubUpstream();
        break;
    default:
        await Console.Error.WriteLineAsync($"There is no part '{part}'.");
        Environment.ExitCode = 1;
        return;
}

await app.RunAsync();
