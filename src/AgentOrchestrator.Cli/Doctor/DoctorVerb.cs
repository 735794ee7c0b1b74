using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Runner.Executors;
using AgentOrchestrator.Runner.Processes.Containers;

namespace AgentOrchestrator.Cli.Doctor;

static class DoctorVerb
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    public static readonly Verb Verb = new("doctor", "Say what works, and what to do about what does not", RunAsync)
    {
        Remarks = "The exit code is 1 when something essential is missing: server, database, token or runner.\n"
            + "Executors are those of this machine; the server's runners may be elsewhere.",
    };

    static async Task<int> RunAsync(Invocation call)
    {
        var server = await ServerChecks.LookAsync(call);
        var executors = await Task.WhenAll(Installed.All().Select(LookAsync));
        IReadOnlyList<Check> checks = [.. server, .. executors, .. await LookAtProcessesAsync()];
        var isWell = checks.All(check => check.Ok || !check.IsEssential);
        if (call.WantsJson)
        {
            call.WriteJson(new DoctorReport(isWell, checks), CliJson.Default.DoctorReport);
        }
        else
        {
            Show(call.Terminal, checks);
        }

        return isWell ? Ao.ExitOk : Ao.ExitFailed;
    }

    /// <summary>What holds the programs of runs together when a runner is started here as this user.</summary>
    static async Task<IEnumerable<Check>> LookAtProcessesAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            return
            [
                new(
                    "processes", false, false,
                    "a stop ends an executor and its children, not programs that have left them; programs end with their runner, and at a lost lease only while it lives",
                    "run ao runner on a Linux machine where that matters"),
            ];
        }

        var found = await Containment.FindAsync();
        return
        [
            found.Kind is ContainerKind.Marks
                ? new(
                    "processes", false, false, $"{found.Detail}; one that leaves all three lives until the last run beside it has ended",
                    "let the runner make control groups: start it as root, or by systemd with Delegate=yes")
                : new("processes", true, false, found.Detail),
            found.Limits.IsComplete
                ? new("limits", true, false, found.Limits.Detail)
                : new(
                    "limits", false, false, $"{found.Limits.Detail}: one that takes all there is harms the others",
                    "let the runner make control groups with memory and pids: start it as root, or by systemd with Delegate=yes and DelegateSubgroup=runner"),
        ];
    }

    static async Task<Check> LookAsync(IExecutor executor)
    {
        using var limit = new CancellationTokenSource(s_patience);
        try
        {
            var found = await executor.DetectAsync(limit.Token);
            return found.IsAvailable
                ? new(executor.Type, true, false, found.Detail)
                : new(executor.Type, false, false, "is not available here", found.Detail);
        }
        catch (OperationCanceledException)
        {
            return new(executor.Type, false, false, $"did not answer in {s_patience.TotalSeconds:0} s", "try it by hand");
        }
    }

    static void Show(Terminal terminal, IReadOnlyList<Check> checks)
    {
        var ink = new Ink(terminal.IsOutTerminal && terminal.WantsColor);
        var width = checks.Max(check => check.Name.Length);
        foreach (var check in checks)
        {
            var mark = check.Ok ? ink.Green("✓") : check.IsEssential ? ink.Red("✗") : ink.Yellow("–");
            terminal.Out.WriteLine($"{mark} {check.Name.PadRight(width)} {PlainText.OneLine(check.Detail)}");
            if (check.Advice is { } advice)
            {
                terminal.Out.WriteLine($"  {new string(' ', width)} → {PlainText.OneLine(advice)}");
            }
        }
    }
}
