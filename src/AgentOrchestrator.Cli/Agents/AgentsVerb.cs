using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;

namespace AgentOrchestrator.Cli.Agents;

static class AgentsVerb
{
    static readonly Flag s_tags = new("--tags", "Only agents that have all of these tags", "A,B", 't');
    static readonly Flag s_all = new("--all", "Inactive and broken ones too", Short: 'a');

    public static readonly Verb Verb = new("agents", "List the agents that can be started", RunAsync) { Flags = [s_tags, s_all] };

    static readonly Positional s_name = new("NAME", "The agent");

    public static readonly Verb Release = new("agents release", "Let the runs go that wait because their agent failed again and again", ReleaseAsync)
    {
        Positionals = [s_name],
        Remarks = "See 'quarantine' in 'ao agents --json' for since when, and the run that failed last. A new version of the agent does the same.",
    };

    static async Task<int> ReleaseAsync(Invocation call)
    {
        var agent = await call.Client.Agents.ReleaseAsync(call.Arguments.Value(s_name));
        if (call.WantsJson)
        {
            call.WriteJson(agent, ProtocolJson.Default.AgentView);
        }
        else
        {
            call.Terminal.WriteForeign($"Released '{agent.Name}'");
        }

        return Ao.ExitOk;
    }

    static async Task<int> RunAsync(Invocation call)
    {
        var tags = call.Arguments.Value(s_tags);
        var all = await call.Client.Agents.ListAsync(tags);
        var agents = call.Arguments.Has(s_all) ? all : [.. all.Where(agent => agent is { Status: "active", State: not "failed" })];
        if (call.WantsJson)
        {
            call.WriteJson(agents, ProtocolJson.Default.IReadOnlyListAgentView);
        }
        else if (agents.Count == 0)
        {
            call.Terminal.WriteForeign($"No agent blueprints found{(string.IsNullOrEmpty(tags) ? "" : $" with tags '{tags}'")}");
        }
        else if (call.IsSeedName)
        {
            call.Terminal.WriteForeign(string.Join("---\n\n", agents.Select(agent => $"{agent.Name}:\n{agent.Description}\n\n")).TrimEnd('\n') + "\n");
        }
        else
        {
            Table.Write(call.Terminal, ["NAME", "EXECUTOR", "STATUS", "TAGS", "DESCRIPTION"], [.. agents.Select(Row)]);
        }

        return Ao.ExitOk;
    }

    static string[] Row(AgentView agent) =>
    [
        agent.Name,
        agent.Executor ?? "-",
        agent.State is "failed" ? "broken" : agent.Quarantine is null ? agent.Status : "quarantined",
        agent.Tags.Count == 0 ? "-" : string.Join(',', agent.Tags),
        agent.Error ?? (agent.Quarantine is { } held ? $"{held.Failures} failures in a row, see {held.LastRunId}" : agent.Description),
    ];
}
