using AgentOrchestrator.Runner.Keeper;
using AgentOrchestrator.Server;

if (args is [KeeperMode.Word, ..])
{
    return KeeperMode.Run(args);
}

KeeperMode.Offer();
return await ServerProgram.RunAsync(args);
