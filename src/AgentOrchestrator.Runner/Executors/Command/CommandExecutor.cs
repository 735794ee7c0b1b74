using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Runner.Attempts;
using AgentOrchestrator.Runner.Executors.Programs;

namespace AgentOrchestrator.Runner.Executors.Command;

/// <summary>Starts the agent's own program for each run: JSON on stdin, JSON or text on stdout, the exit code.</summary>
/// <remarks>Nothing of it stays between runs: a resumed session finds what was said before in its log, wherever it runs.</remarks>
public sealed class CommandExecutor : IExecutor
{
    readonly ProgramLimits _limits;
    readonly TimeProvider _time;

    public CommandExecutor()
        : this(new ProgramLimits(), TimeProvider.System)
    {
    }

    internal CommandExecutor(ProgramLimits limits, TimeProvider time) => (_limits, _time) = (limits, time);

    public string Type => Protocol.Agents.AgentExecutors.Command;

    public bool GoesOn => true;

    public Task<ExecutorAvailability> DetectAsync(CancellationToken cancel) =>
        Task.FromResult(new ExecutorAvailability(true, "runs the program that an agent names, with JSON on stdin"));

    public async Task<RunOutcome> ExecuteAsync(RunContext run, CancellationToken stop)
    {
        try
        {
            var spec = AgentProgram.Specify(run, _limits);
            var data = new CommandData(_limits);
            if (!TryRead(data, run, out var input, out var refusal)) { return refusal!; }

            var end = await new ProgramRun(_limits, _time, endsWhenTooLong: true)
                .RunAsync(run.Programs, spec, CommandInput.Write(run, input), AgentProgram.TimeLimit(run.Agent), line => Show(run, line), stop)
                .ConfigureAwait(false);
            return end switch
            {
                { IsTimedOut: true } => new RunOutcome.Failed($"it took longer than its {run.Agent!.TimeoutSeconds} s and was ended", "timeout"),
                { IsTooLong: true } => new RunOutcome.Failed(
                    $"it wrote more than {_limits.MaxOutputBytes} bytes to stdout and was ended; a result must be shorter, so write a file and answer with its name",
                    "limit"),
                { StoppedBy: { } signal } => new RunOutcome.Stopped(signal.ToString()),
                { Exit.Code: not 0 } => new RunOutcome.Failed(ProgramRun.Complaint(spec, end), "error", end.Exit.Code),
                _ => await JudgeAsync(run, data, end, stop).ConfigureAwait(false),
            };
        }
        catch (ProductException refused)
        {
            return new RunOutcome.Failed(refused.Message, "missing");
        }
    }

    static bool TryRead(CommandData data, RunContext run, out JsonElement? input, out RunOutcome? refusal)
    {
        (input, refusal) = (null, null);
        try
        {
            input = data.Read(run.Run.Prompt, run.Agent!.InputSchema);
            return true;
        }
        catch (CommandDataException wrong)
        {
            refusal = new RunOutcome.Failed($"The prompt {wrong.Message}", "invalid_input");
            return false;
        }
    }

    async Task<RunOutcome> JudgeAsync(RunContext run, CommandData data, ProgramEnd end, CancellationToken stop)
    {
        try
        {
            var text = CommandData.Text(end.Output.Span).Trim();
            var result = data.Read(text, run.Agent!.OutputSchema);
            if (result is { } value && SizeOnTheWire(value) > _limits.MaxDataBytes)
            {
                return new RunOutcome.Failed(
                    $"its result takes more than {_limits.MaxDataBytes} bytes; write a file and answer with its name", "limit");
            }

            return await TellAsync(run, result is null ? text : EventText.Head(text, _limits.MaxDataTextChars), result, stop).ConfigureAwait(false);
        }
        catch (CommandDataException wrong)
        {
            return new RunOutcome.Failed($"The output {wrong.Message}", "invalid_output", ExitCode: 0);
        }
    }

    static async Task<RunOutcome> TellAsync(RunContext run, string text, JsonElement? data, CancellationToken stop)
    {
        run.Output.ReadAt(IRunOutput.AtEnd);
        if (text.Length > 0)
        {
            var said = new EventFields { Role = "assistant", Content = EventText.TextContent(text) };
            await run.Output.EmitAsync(EventTypes.Message, said, stop).ConfigureAwait(false);
        }

        await run.Output.EmitAsync(EventTypes.Result, new EventFields { ResultText = text, ResultData = data }, stop).ConfigureAwait(false);
        return new RunOutcome.Completed(text, data);
    }

    static void Show(RunContext run, string line) => run.Output.Write(new Protocol.Runners.TextDelta("text", line + "\n"));

    static int SizeOnTheWire(JsonElement value)
    {
        try
        {
            return JsonSerializer.SerializeToUtf8Bytes(value, CompactJson.Default.JsonElement).Length;
        }
        catch (InvalidOperationException)
        {
            throw new CommandDataException("is not JSON: a text in it holds half of a surrogate pair");
        }
    }
}
