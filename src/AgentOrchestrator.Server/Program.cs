using AgentOrchestrator.Runner.Keeper;
using AgentOrchestrator.Server;

return KeeperMode.IsAsked(args) ? KeeperMode.Run(args) : await ServerProgram.RunAsync(args);
