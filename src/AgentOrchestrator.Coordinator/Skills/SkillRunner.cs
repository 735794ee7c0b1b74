using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Schemas;
using AgentOrchestrator.Protocol.Skills;

namespace AgentOrchestrator.Coordinator.Skills;

/// <summary>Runs a skill step by step. The first error ends it; no step is made twice.</summary>
public sealed class SkillRunner(CoordinatorOptions options, TimeProvider time)
{
    static readonly JsonElement s_nothing = JsonElement.Parse("{}");

    /// <param name="agent">Whose tools they are.</param>
    /// <exception cref="ProductException">Invalid when the input is not what the skill takes; no step was made then.</exception>
    public async Task<SkillExecution> RunAsync(SkillView skill, string agent, JsonElement? input, ISkillTools tools, CancellationToken cancel)
    {
        RequireInput(skill, input ?? s_nothing);
        var since = time.GetTimestamp();
        using var clock = new CancellationTokenSource(options.SkillTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancel);
        var known = new Dictionary<string, JsonElement?> { [SkillTemplate.Input] = input ?? s_nothing };
        var results = new List<SkillStepResult>();
        foreach (var step in skill.Steps)
        {
            var result = await StepAsync(step, known, tools, either.Token, cancel).ConfigureAwait(false);
            results.Add(result);
            if (result.Error is not null) { break; }

            known[step.Name!] = result.Output;
        }

        return new SkillExecution
        {
            ExecutionId = Ids.New("exec_", 12),
            Skill = skill.Name,
            Version = skill.Version,
            AgentName = agent,
            Status = results[^1].Error is null ? SkillExecution.Completed : SkillExecution.Failed,
            Input = input ?? s_nothing,
            Output = results[^1].Output,
            Error = results[^1] is { Error: { } error } failed ? $"{failed.StepName}: {error}" : null,
            StepResults = results,
            DurationMs = (long)time.GetElapsedTime(since).TotalMilliseconds,
        };
    }

    static void RequireInput(SkillView skill, JsonElement input)
    {
        if (skill.InputSchema is { } schema && JsonSchema.Read(schema).Check(input) is { } fault)
        {
            throw new ProductException(ErrorCode.Invalid, $"input: {fault}");
        }
    }

    async Task<SkillStepResult> StepAsync(
        SkillStep step, Dictionary<string, JsonElement?> known, ISkillTools tools, CancellationToken either, CancellationToken cancel)
    {
        var since = time.GetTimestamp();
        var (output, error) = await TryAsync(step, known, tools, either, cancel).ConfigureAwait(false);
        return new SkillStepResult
        {
            StepName = step.Name!,
            Status = error is null ? SkillStepResult.Success : SkillStepResult.Failed,
            Output = output,
            Error = error,
            DurationMs = (long)time.GetElapsedTime(since).TotalMilliseconds,
        };
    }

    async Task<SkillToolAnswer> TryAsync(
        SkillStep step, Dictionary<string, JsonElement?> known, ISkillTools tools, CancellationToken either, CancellationToken cancel)
    {
        try
        {
            var arguments = SkillTemplate.Fill(step.Arguments ?? s_nothing, known);
            return await tools.CallAsync(step.ServerName, step.ToolName!, arguments, either).ConfigureAwait(false);
        }
        catch (SkillFault fault)
        {
            return new SkillToolAnswer(null, fault.Message);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new SkillToolAnswer(null, $"the skill took longer than {options.SkillTimeout.TotalSeconds:0} seconds; whether this step took effect is not known");
        }
    }
}
