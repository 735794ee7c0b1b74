using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Runs;

namespace AgentOrchestrator.Server.Runners;

static class RunnerIds
{
    /// <param name="runnerId">What the request gives as <c>runner_id</c> or <c>launcher_id</c>.</param>
    /// <exception cref="ProductException">Invalid when it is missing.</exception>
    public static string Require(string? runnerId) =>
        string.IsNullOrEmpty(runnerId) ? throw new ProductException(ErrorCode.Invalid, "runner_id is required") : runnerId;

    /// <param name="instanceId">Of the caller, where it says so.</param>
    /// <exception cref="ProductException">Unauthenticated for one whose identity another one has by now.</exception>
    public static void RequireCurrent(Coordinator.Runners.Runner runner, string? instanceId, Vocabulary words)
    {
        if (!string.IsNullOrEmpty(instanceId) && runner.InstanceId != instanceId)
        {
            throw words.RunnerReplaced();
        }
    }

    /// <summary>A runner's token speaks for the runners that it registered, and for no other.</summary>
    /// <exception cref="ProductException">Forbidden.</exception>
    public static void RequireOwn(Principal caller, Coordinator.Runners.Runner runner)
    {
        if (caller.Role is Role.Runner && runner.RegisteredBy != caller.Id)
        {
            throw new ProductException(
                ErrorCode.Forbidden,
                $"Runner {runner.RunnerId} was registered with another token; register it with this one, or use the token that registered it");
        }
    }
}
