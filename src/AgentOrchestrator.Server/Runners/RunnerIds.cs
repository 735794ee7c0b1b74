using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Server.Access;

namespace AgentOrchestrator.Server.Runners;

static class RunnerIds
{
    /// <param name="runnerId">What the request gives as <c>runner_id</c> or <c>launcher_id</c>.</param>
    /// <exception cref="ProductException">Invalid when it is missing.</exception>
    public static string Require(string? runnerId) =>
        string.IsNullOrEmpty(runnerId) ? throw new ProductException(ErrorCode.Invalid, "runner_id is required") : runnerId;

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
