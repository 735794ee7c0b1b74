using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Runner.Executors.Programs;

namespace AgentOrchestrator.Runner.Executors.Command;

/// <summary>What a command reads from stdin: one JSON object.</summary>
/// <param name="Input">The prompt as data, when it is a JSON object or list or the agent has an input schema; null otherwise.</param>
sealed record CommandInput(string Prompt, JsonElement? Input, CommandSession Session, CommandRun Run, CommandAgent Agent, CommandHistory History)
{
    public static byte[] Write(RunContext context, JsonElement? input)
    {
        var (run, agent) = (context.Run, context.Agent!);
        var server = context.Server.GetLeftPart(UriPartial.Path).TrimEnd('/');
        var told = new CommandInput(
            run.Prompt,
            input,
            new CommandSession(run.SessionId, run.SessionName, run.ParentSessionId, run.Type is RunType.ResumeSession),
            new CommandRun(run.RunId, run.Attempt, context.WorkingDirectory),
            new CommandAgent(agent.Name, run.AgentRevision, context.Environment.GetValueOrDefault(Agents.Placeholders.AgentFolder), agent.SystemPrompt),
            new CommandHistory($"{server}/sessions/{Uri.EscapeDataString(run.SessionId)}/events"));
        return [.. JsonSerializer.SerializeToUtf8Bytes(told, ProgramJson.Plain.CommandInput), (byte)'\n'];
    }
}

/// <param name="IsResumed">Whether earlier runs of this session have said something.</param>
sealed record CommandSession(string Id, string Name, string? ParentId, bool IsResumed);

sealed record CommandRun(string Id, int Attempt, string ProjectDir);

/// <param name="Dir">The agent's folder on the runner's host, where it is known.</param>
sealed record CommandAgent(string Name, long? Revision, string? Dir, string? SystemPrompt);

/// <summary>Where the session's log is read: <c>GET</c> with <c>AGENT_ORCHESTRATOR_TOKEN</c>, or <c>ao events</c>.</summary>
sealed record CommandHistory(string Url);
