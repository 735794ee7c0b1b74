using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Runner.Keeper;

return args is [KeeperMode.Word, ..]
    ? KeeperMode.Run(args)
    : Ao.Run(Path.GetFileNameWithoutExtension(Environment.ProcessPath) ?? "ao", args, Host.OfProcess());
