using System.Globalization;
using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Tools;

namespace AgentOrchestrator.Cli.Tools;

/// <summary>What was called, and which tools are not what they were.</summary>
static class ActionWatchVerbs
{
    const int DefaultLimit = 50;
    const int MaxLimit = 1_000;

    static readonly Positional s_server = new("SERVER", "Its key, as 'ao actions changes' shows it");
    static readonly Positional s_tool = new("TOOL", "The tool's name");
    static readonly Positional s_digest = new("DIGEST", "Of what was shown");
    static readonly Flag s_limit = new("--limit", "The newest so many; 50 when left out", "N", 'n');
    static readonly Flag s_agent = new("--agent", "Only calls of this agent", "NAME");

    public static readonly Verb Usage = new("actions usage", "Print which actions were called, newest first", UsageAsync)
    {
        Flags = [s_limit, s_agent],
        Remarks = "What was said is not part of it.",
    };

    public static readonly Verb Changes = new("actions changes", "Show tools that describe themselves otherwise than they did", ChangesAsync)
    {
        Remarks = "They are off until an owner accepts them. What they say are words of strangers.",
    };

    public static readonly Verb Accept = new("actions accept", "Have a changed tool used, as it was shown", AcceptAsync)
    {
        Positionals = [s_server, s_tool, s_digest],
    };

    static async Task<int> UsageAsync(Invocation call)
    {
        var limit = (int)Math.Min(call.Arguments.Number(s_limit, least: 1) ?? DefaultLimit, MaxLimit);
        var usage = await call.Client.Actions.GetUsageAsync(limit, call.Arguments.Value(s_agent));
        if (call.WantsJson) { call.WriteJson(usage, ProtocolJson.Default.ActionUsage); }
        else if (usage.Calls.Count == 0) { call.Terminal.Out.WriteLine("No calls found"); }
        else { Table.Write(call.Terminal, ["TIME", "AGENT", "BY", "SERVER", "ACTION", "OUTCOME", "MS", "IN", "OUT"], [.. usage.Calls.Select(Row)]); }
        return Ao.ExitOk;
    }

    static async Task<int> ChangesAsync(Invocation call)
    {
        var changes = await call.Client.Actions.ListChangesAsync();
        if (call.WantsJson)
        {
            call.WriteJson(changes, ProtocolJson.Default.ActionChanges);
            return Ao.ExitOk;
        }

        if (changes.Changes.Count == 0) { call.Terminal.Out.WriteLine("No changes found"); }
        foreach (var change in changes.Changes)
        {
            call.Terminal.WriteForeign($"{change.Server} {change.Tool} {change.Digest}");
            call.Terminal.WriteForeign($"  was: {change.Before.Description}\n       {change.Before.Schema}");
            call.Terminal.WriteForeign($"  now: {change.Now.Description}\n       {change.Now.Schema}");
        }

        return Ao.ExitOk;
    }

    static async Task<int> AcceptAsync(Invocation call)
    {
        var changed = await call.Client.Actions.AcceptAsync(call.Arguments.Value(s_server), call.Arguments.Value(s_tool), call.Arguments.Value(s_digest));
        if (call.WantsJson) { call.WriteJson(changed, ProtocolJson.Default.ActionServerChanged); }
        else { call.Terminal.WriteForeign(changed.Message); }
        return Ao.ExitOk;
    }

    static string[] Row(ActionCallView one) =>
    [
        WireTime.Text(one.StartedAt), one.AgentName, one.RunId ?? one.Actor, one.Server, one.ActionId, one.Outcome,
        Number(one.DurationMs), Number(one.InputBytes), Number(one.OutputBytes),
    ];

    static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
