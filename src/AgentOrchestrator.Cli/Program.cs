using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Runner.Keeper;

return KeeperMode.IsAsked(args)
    ? KeeperMode.Run(args)
    : Ao.Run(Path.GetFileNameWithoutExtension(Environment.ProcessPath) ?? "ao", args, Host.OfProcess());
