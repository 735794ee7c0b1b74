using System.Globalization;
using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Tools;

namespace AgentOrchestrator.Cli.Tools;

/// <summary>Which tool servers there are, and who has which.</summary>
static class ActionServerVerbs
{
    static readonly Positional s_server = new("SERVER", "Its key in action_servers.json; see 'ao actions servers'");
    static readonly Positional s_anyAgent = new("AGENT", "The servers of this agent; all when left out", IsOptional: true);

    public static readonly Verb List = new("actions servers", "List the tool servers", ListAsync);

    public static readonly Verb Assign = new("actions assign", "Give an agent a tool server in place of the one that it had", AssignAsync)
    {
        Positionals = [ActionVerbs.Agent, s_server],
    };

    public static readonly Verb Remove = new("actions remove", "Take an agent's tool server away", RemoveAsync) { Positionals = [ActionVerbs.Agent] };

    public static readonly Verb Refresh = new("actions refresh", "Ask tool servers anew for their actions", RefreshAsync) { Positionals = [s_anyAgent] };

    public static void WriteFaults(Invocation call, IReadOnlyList<ActionServerFault> faults)
    {
        foreach (var fault in faults)
        {
            call.Terminal.WriteForeign(fault.Server.Length == 0 ? $"Cannot be used: {fault.Error}" : $"Cannot be used: {fault.Server}: {fault.Error}");
        }
    }

    static async Task<int> ListAsync(Invocation call)
    {
        var servers = await call.Client.Actions.ListServersAsync();
        if (call.WantsJson)
        {
            call.WriteJson(servers, ProtocolJson.Default.ActionServers);
            return Ao.ExitOk;
        }

        if (servers.Servers.Count == 0) { call.Terminal.WriteForeign(servers.File is { } file ? $"No tool servers found. They are described in {file} on the server's host; docs/tools.md says how." : "No tool servers found"); }
        else { Table.Write(call.Terminal, ["SERVER", "STATE", "ACTIONS", "TYPE", "ADDRESS OR COMMAND", "DESCRIPTION"], [.. servers.Servers.Select(Row)]); }

        WriteFaults(call, servers.Faults);
        return Ao.ExitOk;
    }

    static async Task<int> AssignAsync(Invocation call) =>
        Write(call, await call.Client.Actions.AssignAsync(call.Arguments.Value(ActionVerbs.Agent), call.Arguments.Value(s_server)));

    static async Task<int> RemoveAsync(Invocation call) => Write(call, await call.Client.Actions.RemoveAsync(call.Arguments.Value(ActionVerbs.Agent)));

    static async Task<int> RefreshAsync(Invocation call) => Write(call, await call.Client.Actions.RefreshAsync(call.Arguments.Find(s_anyAgent)));

    static int Write(Invocation call, ActionServerChanged changed)
    {
        if (call.WantsJson) { call.WriteJson(changed, ProtocolJson.Default.ActionServerChanged); }
        else { call.Terminal.WriteForeign($"{changed.Message} {changed.Note}"); }
        return Ao.ExitOk;
    }

    static string[] Row(AvailableServer server) =>
    [
        server.Id, server.State, server.Actions?.ToString(CultureInfo.InvariantCulture) ?? "-", server.Type, server.Url ?? server.Command ?? "-",
        server.State is "failing" or "resting" && server.LastError is { } error ? error : server.Description.Length > 0 ? server.Description : server.Name,
    ];
}
