using System.Text.Json;
using System.Text.Json.Serialization;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Runner.Executors.Programs;

namespace AgentOrchestrator.Runner.Executors.Process;

/// <summary>What a program that speaks the executor protocol reads from stdin: one JSON object, then the end.</summary>
sealed record Invocation
{
    public string SchemaVersion { get; } = "1.0";

    /// <summary><c>start</c> or <c>resume</c>.</summary>
    public required string Mode { get; init; }
    public required string SessionName { get; init; }
    public required string SessionId { get; init; }
    public required string RunId { get; init; }
    public required string Prompt { get; init; }
    public required string ProjectDir { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? AgentName { get; init; }

    /// <summary>The whole agent, its placeholders filled.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public AgentView? AgentBlueprint { get; init; }

    /// <summary>The program's own id of the conversation, once it has bound one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? ExecutorSessionId { get; init; }

    public static byte[] Write(RunContext context)
    {
        var run = context.Run;
        var told = new Invocation
        {
            Mode = run.Type is RunType.ResumeSession ? "resume" : "start",
            SessionName = run.SessionName,
            SessionId = run.SessionId,
            RunId = run.RunId,
            Prompt = run.Prompt,
            ProjectDir = context.WorkingDirectory,
            AgentName = context.Agent?.Name,
            AgentBlueprint = context.Agent,
            ExecutorSessionId = context.ExecutorSessionId,
        };
        return [.. JsonSerializer.SerializeToUtf8Bytes(told, ProgramJson.Plain.Invocation), (byte)'\n'];
    }
}
