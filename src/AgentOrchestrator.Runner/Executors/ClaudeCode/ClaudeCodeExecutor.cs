using System.Text;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Runner.Processes;

namespace AgentOrchestrator.Runner.Executors.ClaudeCode;

/// <summary>Drives the <c>claude</c> program over its stream-json output, one process for each run.</summary>
public sealed class ClaudeCodeExecutor : IExecutor
{
    /// <summary>How long output may wait for a full spool once the run is being stopped.</summary>
    static readonly TimeSpan s_flush = TimeSpan.FromSeconds(10);

    readonly ClaudeProgram _program;

    /// <summary>Finds <c>claude</c> on <c>PATH</c>, or where <c>AGENT_ORCHESTRATOR_CLAUDE</c> says.</summary>
    public ClaudeCodeExecutor() => _program = ClaudeProgram.FromEnvironment();

    internal ClaudeCodeExecutor(ClaudeProgram program) => _program = program;

    public string Type => "claude-code";

    public bool GoesOn => true;

    /// <summary>Where it logs in, which service it calls and how it gets there, and whether root may let it do everything.</summary>
    public IReadOnlyList<string> Variables { get; } =
    [
        "ANTHROPIC_*", "CLAUDE_CONFIG_DIR", "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CODE_USE_*", "CLAUDE_CODE_MAX_*", "API_TIMEOUT_MS", "IS_SANDBOX",
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR",
    ];

    public Task<ExecutorAvailability> DetectAsync(CancellationToken cancel) => _program.DetectAsync(cancel);

    public async Task<RunOutcome> ExecuteAsync(RunContext run, CancellationToken stop)
    {
        if (!_program.TryFind(out var path)) { return new RunOutcome.Failed(_program.Missing, "missing"); }
        if (RefusesRoot(run)) { return new RunOutcome.Failed(RootRefusal, "missing"); }

        var files = await ClaudeFiles.WriteAsync(run.Agent, run.ScratchDirectory, CancellationToken.None).ConfigureAwait(false);
        try
        {
            await using var process = await run.Programs.StartAsync(new ProcessSpec
            {
                Program = path,
                Arguments = ClaudeCommandLine.Arguments(run.Agent, run.ExecutorSessionId, files),
                WorkingDirectory = run.WorkingDirectory,
                Environment = ClaudeEnvironment.Complete(run.Environment),
                Input = Encoding.UTF8.GetBytes(run.Run.Prompt),
                ShortensJson = true,
            }).ConfigureAwait(false);
            return await DriveAsync(process, run, stop).ConfigureAwait(false);
        }
        catch (ProductException refused)
        {
            return new RunOutcome.Failed(refused.Message, "missing");
        }
    }

    static async Task<RunOutcome> DriveAsync(IRunProcess process, RunContext run, CancellationToken stop)
    {
        using var flush = new CancellationTokenSource();
        using var hurry = stop.Register(() => flush.CancelAfter(s_flush));
        var translator = new ClaudeTranslator(run.ExecutorSessionId);
        var stopped = StopWhenAskedAsync(process, run.StopGrace, stop);
        try
        {
            await foreach (var line in process.ReadLinesAsync(flush.Token).ConfigureAwait(false))
            {
                run.Output.ReadAt(line.Position);
                foreach (var output in translator.Translate(StreamJsonReader.Read(line)))
                {
                    await PlayAsync(output, run.Output, flush.Token).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (flush.IsCancellationRequested)
        {
            // Being stopped matters more than the last words.
        }

        var exit = await process.Exit.ConfigureAwait(false);
        var signal = await stopped.ConfigureAwait(false);
        var outcome = signal is null
            ? ClaudeVerdict.Judge(translator.Tally.Result, exit, process.ErrorTail)
            : new RunOutcome.Stopped(signal.Value.ToString());
        return outcome with { Usage = translator.Tally.Usage };
    }

    /// <returns>The strongest signal that was needed; null when the program ended by itself.</returns>
    static async Task<ProcessSignal?> StopWhenAskedAsync(IRunProcess process, TimeSpan grace, CancellationToken stop)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = stop.Register(asked.SetResult);
        var first = await Task.WhenAny(process.Exit, asked.Task).ConfigureAwait(false);
        return first == asked.Task ? await process.StopAsync(ProcessSignal.SIGINT, grace).ConfigureAwait(false) : null;
    }

    static async ValueTask PlayAsync(ClaudeOutput output, IRunOutput to, CancellationToken cancel)
    {
        switch (output)
        {
            case ClaudeOutput.Bind bind: await to.BindAsync(bind.ExecutorSessionId, cancel).ConfigureAwait(false); break;
            case ClaudeOutput.Event entry: await to.EmitAsync(entry.Type, entry.Fields, cancel).ConfigureAwait(false); break;
            case ClaudeOutput.Live live: to.Write(live.Delta); break;
        }
    }

    const string RootRefusal =
        "Claude Code refuses the permission mode bypassPermissions to root. Start the runner as another user; or, where nothing of value is in reach, "
        + "such as in a container, set IS_SANDBOX=1 in the runner's environment.";

    static bool RefusesRoot(RunContext run) =>
        run.Agent?.PermissionMode == "bypassPermissions"
        && !OperatingSystem.IsWindows()
        && Environment.IsPrivilegedProcess
        && run.Environment.GetValueOrDefault("IS_SANDBOX") != "1";
}
