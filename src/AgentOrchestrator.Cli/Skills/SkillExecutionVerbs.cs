using System.Globalization;
using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Skills;

namespace AgentOrchestrator.Cli.Skills;

/// <summary>What came of skills that were run.</summary>
static class SkillExecutionVerbs
{
    const int DefaultLimit = 50;
    const int MaxLimit = 1_000;

    static readonly Positional s_id = new("ID", "As 'ao skills executions' shows it");
    static readonly Flag s_limit = new("--limit", "The newest so many; 50 when left out", "N", 'n');
    static readonly Flag s_skill = new("--skill", "Only runs of this skill", "NAME");
    static readonly Flag s_agent = new("--agent", "Only runs for this agent", "NAME");

    public static readonly Verb List = new("skills executions", "Print which skills were run, newest first", ListAsync) { Flags = [s_limit, s_skill, s_agent] };

    public static readonly Verb Show = new("skills execution", "Show what came of a skill that was run, step by step", ShowAsync) { Positionals = [s_id] };

    static async Task<int> ListAsync(Invocation call)
    {
        var limit = (int)Math.Min(call.Arguments.Number(s_limit, least: 1) ?? DefaultLimit, MaxLimit);
        var list = await call.Client.Skills.ListExecutionsAsync(limit, call.Arguments.Value(s_skill), call.Arguments.Value(s_agent));
        if (call.WantsJson) { call.WriteJson(list, ProtocolJson.Default.SkillExecutionList); }
        else if (list.Executions.Count == 0) { call.Terminal.Out.WriteLine("No executions found"); }
        else { Table.Write(call.Terminal, ["TIME", "ID", "SKILL", "VERSION", "AGENT", "BY", "STATUS", "MS", "ERROR"], [.. list.Executions.Select(Row)]); }
        return Ao.ExitOk;
    }

    static async Task<int> ShowAsync(Invocation call)
    {
        var kept = await call.Client.Skills.GetExecutionAsync(call.Arguments.Value(s_id));
        if (call.WantsJson)
        {
            call.WriteJson(kept, ProtocolJson.Default.SkillExecutionView);
            return Ao.ExitOk;
        }

        var done = kept.Execution!;
        call.Terminal.WriteForeign($"{kept.Skill}, version {kept.Version}, for {kept.AgentName}: {kept.Status}{(done.IsCut ? " (outputs are too long and were not kept)" : "")}");
        call.Terminal.WriteForeign($"  input: {done.Input?.GetRawText() ?? "-"}");
        foreach (var step in done.StepResults) { call.Terminal.WriteForeign($"  {step.StepName}: {step.Error ?? step.Output?.GetRawText() ?? step.Status}"); }
        return Ao.ExitOk;
    }

    static string[] Row(SkillExecutionView one) =>
    [
        WireTime.Text(one.StartedAt), one.ExecutionId, one.Skill, one.Version == 0 ? "-" : $"{one.Version}", one.AgentName, one.RunId ?? one.Actor, one.Status,
        one.DurationMs.ToString("N0", CultureInfo.InvariantCulture), one.Error ?? "-",
    ];
}
