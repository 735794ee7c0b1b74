using System.Text.Json.Nodes;
using AgentOrchestrator.Tools;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Agents;

/// <summary>Makes the tool calls of one run: known, allowed, journaled, in time; and whatever goes wrong is told to the model in words.</summary>
sealed class ToolInvoker(LoopOptions options, IRunJournal journal)
{
    public const string Interrupted = "The run was stopped before this call had ended. Whether it took effect is not known.";

    const string UnknownOutcome =
        "This call was begun before an interruption, and how it ended is not known. It was not made again: find out whether it took effect first.";

    /// <returns>Null when the run ends before the call does.</returns>
    public async Task<ToolAnswer?> CallAsync(ToolCall call, CancellationToken cancel)
    {
        try
        {
            var record = await journal.FindToolCallAsync(call, cancel).ConfigureAwait(false);
            if (record?.Answer is { } known) { return known; }

            var answer = await AnswerAsync(call, isRepeated: record is not null, cancel).ConfigureAwait(false);
            // What was done is kept, also when the run has been cancelled meanwhile.
            await journal.EndToolCallAsync(call, answer, CancellationToken.None).ConfigureAwait(false);
            return answer;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return null;
        }
    }

    async Task<ToolAnswer> AnswerAsync(ToolCall call, bool isRepeated, CancellationToken cancel)
    {
        var tool = options.Tools.FirstOrDefault(tool => tool.Name == call.Name);
        if (tool is null) { return ToolAnswer.Wrong($"There is no tool '{call.Name}'; there is: {Names()}."); }
        if (isRepeated && !ToolFlags.IsIdempotent(tool)) { return ToolAnswer.Wrong(UnknownOutcome); }
        if (call.Fault is { } fault) { return ToolAnswer.Wrong($"The arguments of '{call.Name}' cannot be read: {fault}"); }
        if (ArgumentCheck.FaultForFunction(tool.JsonSchema, JsonObject.Create(call.Input)!) is { } wrong)
        {
            return ToolAnswer.Wrong($"The arguments of '{call.Name}' are wrong: {wrong}");
        }

        if (options.Gate is { } gate && (await gate.AskAsync(call, cancel).ConfigureAwait(false)).Refusal is { } refusal)
        {
            return ToolAnswer.Wrong(refusal);
        }

        await journal.BeginToolCallAsync(call, cancel).ConfigureAwait(false);
        return await InvokeAsync(tool, call, cancel).ConfigureAwait(false);
    }

    async Task<ToolAnswer> InvokeAsync(AIFunction tool, ToolCall call, CancellationToken cancel)
    {
        using var time = new CancellationTokenSource(options.Limits.ToolTime, options.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, time.Token);
        try
        {
            var result = tool.InvokeAsync(call.ToArguments(), both.Token);
            // A tool that does not listen is left behind.
            return ToolAnswer.Of(result.IsCompleted ? await result.ConfigureAwait(false) : await result.AsTask().WaitAsync(both.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException) when (time.IsCancellationRequested)
        {
            return ToolAnswer.Wrong($"The tool '{call.Name}' did not answer within {options.Limits.ToolTime.TotalSeconds:0.###} s.");
        }
        catch (ToolException refusal)
        {
            return ToolAnswer.Wrong(refusal.Message);
        }
        catch (Exception failure)
        {
            return ToolAnswer.Wrong($"The tool '{call.Name}' failed: {failure.Message}");
        }
    }

    string Names() => options.Tools.Count == 0 ? "none" : string.Join(", ", options.Tools.Select(tool => tool.Name));
}
