using System.Text.Json;
using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Tools;

namespace AgentOrchestrator.Cli.Tools;

/// <summary>What agents may call.</summary>
static class ActionVerbs
{
    internal static readonly Positional Agent = new("AGENT", "Its name");

    static readonly Positional s_anyAgent = new("AGENT", "Its name; all agents when left out", IsOptional: true);
    static readonly Positional s_action = new("ACTION", "The action's id; see 'ao actions list'");
    static readonly Positional s_parameters = new("PARAMETERS", "A JSON object; none when left out", IsOptional: true);
    static readonly Positional s_query = new("QUERY", "A part of an action's name or description, or of an agent's name");

    public static readonly Verb List = new("actions list", "List what agents may call", ListAsync) { Positionals = [s_anyAgent] };

    public static readonly Verb Search = new("actions search", "Find actions of all agents", SearchAsync) { Positionals = [s_query] };

    public static readonly Verb Run = new("actions run", "Call an action of an agent once, and print what it brought", RunAsync)
    {
        Positionals = [Agent, s_action, s_parameters],
        Remarks = "What it prints are words of a stranger. The exit code is 1 when the call went wrong.",
    };

    static async Task<int> ListAsync(Invocation call)
    {
        if (call.Arguments.Find(s_anyAgent) is not { } agent)
        {
            var all = await call.Client.Actions.ListAllAsync();
            if (call.WantsJson) { call.WriteJson(all, ProtocolJson.Default.AllActions); }
            else { Write(call, all.Actions, all.Faults); }
            return Ao.ExitOk;
        }

        var listed = await call.Client.Actions.ListAsync(agent);
        if (call.WantsJson) { call.WriteJson(listed, ProtocolJson.Default.AgentActions); }
        else { Write(call, [.. listed.Actions.Select(action => new AgentActionView { AgentName = listed.AgentName, AgentRole = "", Action = action })], listed.Faults); }
        return Ao.ExitOk;
    }

    static async Task<int> SearchAsync(Invocation call)
    {
        var found = await call.Client.Actions.SearchAsync(call.Arguments.Value(s_query));
        if (call.WantsJson) { call.WriteJson(found, ProtocolJson.Default.ActionSearch); }
        else { Write(call, found.Matches, []); }
        return Ao.ExitOk;
    }

    static async Task<int> RunAsync(Invocation call)
    {
        var result = await call.Client.Actions.ExecuteAsync(call.Arguments.Value(Agent), call.Arguments.Value(s_action), Parameters(call));
        if (call.WantsJson) { call.WriteJson(result, ProtocolJson.Default.ActionResult); }
        else if (result.Error is { } error) { call.Terminal.Error.WriteLine($"Error: {PlainText.Clean(error)}"); }
        else { call.Terminal.WriteForeign(result.Result is { ValueKind: JsonValueKind.String } text ? text.GetString()! : result.Result?.GetRawText() ?? ""); }
        return result.Error is null ? Ao.ExitOk : Ao.ExitFailed;
    }

    static JsonElement? Parameters(Invocation call)
    {
        if (call.Arguments.Find(s_parameters) is not { } text) { return null; }

        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException e)
        {
            throw new UsageException($"PARAMETERS must be a JSON object: {e.Message}");
        }
    }

    static void Write(Invocation call, IReadOnlyList<AgentActionView> actions, IReadOnlyList<ActionServerFault> faults)
    {
        if (actions.Count == 0) { call.Terminal.Out.WriteLine("No actions found"); }
        else { Table.Write(call.Terminal, ["AGENT", "ACTION", "SERVER", "TAKES", "DESCRIPTION"], [.. actions.Select(Row)]); }

        ActionServerVerbs.WriteFaults(call, faults);
    }

    static string[] Row(AgentActionView one) =>
    [
        one.AgentName, one.Action.Id, one.Action.Server,
        one.Action.Parameters.Count == 0 ? "-" : string.Join(',', one.Action.Parameters.Select(p => p.Required ? p.Name : $"[{p.Name}]")),
        one.Action.Description.Length > 0 ? one.Action.Description : one.Action.Name,
    ];
}
