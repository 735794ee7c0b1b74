using System.Text.Json;
using AgentOrchestrator.Coordinator.Skills;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Tools;

namespace AgentOrchestrator.Server.Skills;

/// <summary>The tools of one agent, for the steps of a skill.</summary>
sealed class StepTools(AgentTools tools, Principal caller, AgentView agent) : ISkillTools
{
    public async Task<SkillToolAnswer> CallAsync(string? server, string tool, JsonElement arguments, CancellationToken cancel)
    {
        try
        {
            var called = await tools.ExecuteAsync(caller, agent, tools.IdOf(caller.Org, agent, server, tool), arguments, cancel);
            return new SkillToolAnswer(called.Result, called.Error);
        }
        catch (ProductException refusal)
        {
            return new SkillToolAnswer(null, refusal.Message);
        }
    }
}
