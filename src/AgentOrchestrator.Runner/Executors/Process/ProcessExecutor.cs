using System.Text;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Runner.Agents;
using AgentOrchestrator.Runner.Attempts;
using AgentOrchestrator.Runner.Executors.Programs;

namespace AgentOrchestrator.Runner.Executors.Process;

/// <summary>Starts any program that speaks the executor protocol: told by JSON on stdin, it posts its own events, and its exit code ends the run.</summary>
public sealed class ProcessExecutor : IExecutor
{
    readonly ProgramLimits _limits;
    readonly TimeProvider _time;

    public ProcessExecutor()
        : this(new ProgramLimits(), TimeProvider.System)
    {
    }

    internal ProcessExecutor(ProgramLimits limits, TimeProvider time) => (_limits, _time) = (limits, time);

    public string Type => Protocol.Agents.AgentExecutors.Process;

    public bool GoesOn => true;

    public Task<ExecutorAvailability> DetectAsync(CancellationToken cancel) =>
        Task.FromResult(new ExecutorAvailability(true, "runs the program that an agent names, which posts its events to a loopback address"));

    public async Task<RunOutcome> ExecuteAsync(RunContext run, CancellationToken stop)
    {
        try
        {
            var session = new SessionVoice(run);
            await using var gateway = await Gateway.OpenAsync(run, session, _limits).ConfigureAwait(false);
            var spec = AgentProgram.Specify(run, _limits, new Dictionary<string, string>
            {
                ["AGENT_ORCHESTRATOR_API_URL"] = gateway.Address,
                [Placeholders.McpUrl] = $"{gateway.Address}/mcp",
            });
            var end = await new ProgramRun(_limits, _time, endsWhenTooLong: false)
                .RunAsync(run.Programs, spec, Invocation.Write(run), AgentProgram.TimeLimit(run.Agent), _ => { }, stop)
                .ConfigureAwait(false);
            await gateway.CloseAsync().ConfigureAwait(false);
            return end switch
            {
                { IsTimedOut: true } => new RunOutcome.Failed($"it took longer than its {run.Agent!.TimeoutSeconds} s and was ended", "timeout"),
                { StoppedBy: { } signal } => new RunOutcome.Stopped(signal.ToString()),
                { Exit.Code: not 0 } => new RunOutcome.Failed(ProgramRun.Complaint(spec, end), "error", end.Exit.Code),
                _ => await ConcludeAsync(run, session, end, stop).ConfigureAwait(false),
            };
        }
        catch (ProductException refused)
        {
            return new RunOutcome.Failed(refused.Message, "missing");
        }
    }

    /// <summary>The result is what the program posted as such, else its last message, else what it wrote to stdout.</summary>
    static async Task<RunOutcome> ConcludeAsync(RunContext run, SessionVoice session, ProgramEnd end, CancellationToken stop)
    {
        if (session.ResultText is not null || session.ResultData is not null)
        {
            return new RunOutcome.Completed(session.ResultText ?? session.ResultData?.GetRawText(), session.ResultData);
        }

        if (session.LastMessage is { } said) { return new RunOutcome.Completed(said); }

        var text = Encoding.UTF8.GetString(end.Output.Span).Trim();
        if (text.Length > 0)
        {
            run.Output.ReadAt(IRunOutput.AtEnd);
            var fields = new EventFields { Role = "assistant", Content = EventText.TextContent(text) };
            await run.Output.EmitAsync(EventTypes.Message, fields, stop).ConfigureAwait(false);
        }

        return new RunOutcome.Completed(text);
    }
}
