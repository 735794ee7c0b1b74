using System.Runtime.InteropServices;
using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Secrets;
using AgentOrchestrator.Runner;
using AgentOrchestrator.Runner.Executors;
using AgentOrchestrator.Runner.Telemetry;

namespace AgentOrchestrator.Cli.Runners;

static class RunnerVerb
{
    static readonly Flag s_projectDir = new("--project-dir", "Where runs work that name no folder; PROJECT_DIR, else this one", "DIR");
    static readonly Flag s_tags = new("--tags", "What it offers beside its executors; RUNNER_TAGS", "A,B");
    static readonly Flag s_name = new("--name", "Tells it apart from another runner of this folder; RUNNER_NAME", "NAME");
    static readonly Flag s_state = new("--state", "Its journal and spool; RUNNER_STATE_DIR", "DIR");
    static readonly Flag s_concurrent = new("--max-concurrent", "The most runs at a time, 64 when left out; RUNNER_MAX_CONCURRENT", "N");

    static readonly (Flag Flag, string Variable)[] s_settings =
    [
        (s_projectDir, "PROJECT_DIR"),
        (s_tags, "RUNNER_TAGS"),
        (s_name, "RUNNER_NAME"),
        (s_state, "RUNNER_STATE_DIR"),
        (s_concurrent, "RUNNER_MAX_CONCURRENT"),
    ];

    public static readonly Verb Verb = new("runner", "Execute runs of a server on this machine", RunAsync)
    {
        Flags = [.. s_settings.Select(setting => setting.Flag)],
        Remarks = "Stays in the foreground; Ctrl-C stops what it runs and says so to the server. A server that is away for a while costs nothing.\n"
            + "With --json, its log is JSON lines.",
    };

    static async Task<int> RunAsync(Invocation call)
    {
        call.Host.OfferKeeper();
        var address = ServerAddress.Find();
        var options = RunnerOptions.FromEnvironment(new Uri(address.Url), address.Token, name => Setting(call, name));
        using var shutdown = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var export = OtlpExport.Start(
            call.Host.Environment(OtlpExport.Variable), typeof(RunnerVerb).Assembly.GetName().Version!.ToString(3), call.Host.Environment);
        using var logs = new LineLogs(call.Terminal, new Redactor(RunnerHost.FindSecrets()), call.Host.Time, call.WantsJson);
        var exit = await new RunnerHost(options, Installed.All(), logs, call.Host.Time).RunAsync(shutdown.Token);
        return exit is RunnerExit.Shutdown or RunnerExit.Deregistered ? Ao.ExitOk : Ao.ExitFailed;

        void End(PosixSignalContext signal)
        {
            // The second one ends the process at once.
            signal.Cancel = !shutdown.IsCancellationRequested;
            shutdown.Cancel();
        }
    }

    static string? Setting(Invocation call, string variable)
    {
        foreach (var (flag, name) in s_settings)
        {
            if (name == variable && call.Arguments.Value(flag) is { } given)
            {
                return given;
            }
        }

        return call.Host.Environment(variable);
    }
}
