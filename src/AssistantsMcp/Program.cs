using AssistantsMcp;
using AssistantsMcp.Connecting;

CoreDumps.Forbid();
return CommandLine.Parse(args) switch
{
    { Verb: Verb.Http } command => await Launch.RunAsync(() => AssistantsMcpHost.Create(command.Settings), OwnAddress.RefuseAsModelServer, StartupSummary.Print),
    { Verb: Verb.Stdio } command => await Launch.RunAsync(() => StdioHost.Create(command.Settings)),
    { Verb: Verb.HealthCheck } command => await HealthProbe.RunAsync(command.Settings),
    { Verb: Verb.Config } command => ConfigCommand.Run(command.Settings),
    { Verb: Verb.Help } => Launch.Say(CommandLine.Usage),
    { Verb: Verb.Version } => Launch.Say(ProductInfo.Version),
    { Problem: var problem } => Launch.Fail($"{problem} Try: AssistantsMcp --help"),
};
