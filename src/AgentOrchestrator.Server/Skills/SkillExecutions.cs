using System.Text.Json;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Skills;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Secrets;
using AgentOrchestrator.Protocol.Skills;
using AgentOrchestrator.Server.Access;

namespace AgentOrchestrator.Server.Skills;

/// <summary>What came of skills that were run, kept as long as calls of tools are.</summary>
sealed partial class SkillExecutions(ISkillExecutionStore store, Redactor redactor, CoordinatorOptions options, ILogger<SkillExecutions> log)
{
    // The skill was run: who asked must be told how it went, whether the database takes the note or not.
    public async Task NoteAsync(Principal caller, SkillExecution done, DateTimeOffset startedAt)
    {
        try
        {
            await store.NoteAsync(
                new SkillExecutionRecord(
                    caller.Org, done.ExecutionId, done.Skill, done.AgentName, caller.RunId, caller.SessionId, caller.Actor, WireTime.Truncate(startedAt), BodyOf(done)),
                CancellationToken.None);
        }
        catch (ProductException failure)
        {
            LogNotNoted(done.Skill, done.AgentName, failure.Message);
        }
    }

    public async Task<SkillExecutionList> ListAsync(string org, SkillExecutionFilter filter, long? before, int limit, CancellationToken cancel)
    {
        var noted = await store.ListAsync(org, filter, before, limit, cancel);
        return new SkillExecutionList([.. noted.Select(one => Shown(one, isWhole: false))], noted.Count == limit ? noted[^1].Seq : null);
    }

    /// <exception cref="ProductException">NotFound.</exception>
    public async Task<SkillExecutionView> GetAsync(string org, string executionId, CancellationToken cancel) =>
        await store.FindAsync(org, executionId, cancel) is { } noted
            ? Shown(noted, isWhole: true)
            : throw new ProductException(ErrorCode.NotFound, "there is no such execution of a skill; those of long ago are forgotten");

    string BodyOf(SkillExecution done)
    {
        var body = Json(done);
        return body.Length <= options.MaxSkillLength ? body : Json(done with { Input = null, Output = null, StepResults = [.. done.StepResults.Select(step => step with { Output = null })], IsCut = true });
    }

    string Json(SkillExecution done) =>
        redactor.Redact(JsonSerializer.SerializeToElement(done, ProtocolJson.Default.SkillExecution)).GetRawText();

    static SkillExecutionView Shown(NotedSkillExecution noted, bool isWhole)
    {
        var kept = noted.Execution;
        var done = JsonSerializer.Deserialize(kept.Body, ProtocolJson.Default.SkillExecution)!;
        return new SkillExecutionView
        {
            Seq = noted.Seq,
            ExecutionId = kept.ExecutionId,
            Skill = kept.Skill,
            Version = done.Version,
            AgentName = kept.Agent,
            RunId = kept.RunId,
            SessionId = kept.SessionId,
            Actor = kept.Actor,
            Status = done.Status,
            Error = done.Error,
            StartedAt = kept.StartedAt,
            DurationMs = done.DurationMs,
            Execution = isWhole ? done : null,
        };
    }

    [LoggerMessage(LogLevel.Warning, "A run of the skill {Skill} for {Agent} is not noted: {Reason}")]
    partial void LogNotNoted(string skill, string agent, string reason);
}
