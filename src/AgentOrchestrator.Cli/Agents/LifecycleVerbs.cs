using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;

namespace AgentOrchestrator.Cli.Agents;

/// <summary>Agents that are started, stopped, created and deleted.</summary>
static class LifecycleVerbs
{
    static readonly Positional s_agent = new("NAME", "The agent");
    static readonly Positional s_role = new("ROLE", "What it is there for, in a sentence");
    static readonly Flag s_capabilities = new("--can", "What it can do, separated by commas", "A,B");
    static readonly Flag s_server = new("--server", "A tool server for it; see 'ao actions servers'", "KEY");
    static readonly Flag s_runbook = new("--runbook", "Remove its runbook too");

    public static readonly Verb Start = new("agents start", "Start an agent", StartAsync)
    {
        Positionals = [s_agent],
        Remarks = "One of which there is a runbook alone is made from it; one that follows its runbook takes up what that says now.",
    };

    public static readonly Verb Stop = new("agents stop", "Stop an agent and what it does", StopAsync) { Positionals = [s_agent] };

    public static readonly Verb Create = new("agents create", "Make an agent from its role, with a runbook, and start it", CreateAsync)
    {
        Positionals = [s_agent, s_role],
        Flags = [s_capabilities, s_server],
    };

    public static readonly Verb Delete = new("agents delete", "Stop an agent and remove it", DeleteAsync) { Positionals = [s_agent], Flags = [s_runbook] };

    static async Task<int> StartAsync(Invocation call) => Write(call, await call.Client.Agents.StartAsync(call.Arguments.Value(s_agent)));

    static async Task<int> StopAsync(Invocation call) => Write(call, await call.Client.Agents.StopAsync(call.Arguments.Value(s_agent)));

    static async Task<int> CreateAsync(Invocation call)
    {
        var capabilities = call.Arguments.Value(s_capabilities)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        return Write(call, await call.Client.Agents.CreateAsync(new FoundAgent
        {
            Name = call.Arguments.Value(s_agent),
            Role = call.Arguments.Value(s_role),
            Capabilities = [.. capabilities.Select(name => new RunbookCapability { Name = name })],
            ActionServer = call.Arguments.Value(s_server),
        }));
    }

    static async Task<int> DeleteAsync(Invocation call) =>
        Write(call, await call.Client.Agents.DeleteAsync(call.Arguments.Value(s_agent), call.Arguments.Has(s_runbook)));

    static int Write(Invocation call, AgentChanged changed)
    {
        if (call.WantsJson) { call.WriteJson(changed, ProtocolJson.Default.AgentChanged); }
        else { call.Terminal.WriteForeign(changed.Message); }
        return Ao.ExitOk;
    }
}
