namespace AgentOrchestrator.Runner.Processes.Containers;

/// <summary>A PID namespace: <c>unshare</c> outside, a shell as its first process, the program below that.</summary>
/// <remarks>The kernel kills all members when the shell ends, and the shell ends with the program or with <c>unshare</c>.</remarks>
sealed class NamespaceContainer(string token) : ProcessContainer(token)
{
    public static IReadOnlyList<string> Command { get; } = [Executables.Find("unshare", "/usr/bin:/bin") ?? "unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];

    public override IReadOnlyList<string> Wrap(string program, IReadOnlyList<string> arguments) =>
        [.. Command, "/bin/sh", "-c", "\"$@\"; exit $?", "sh", program, .. arguments];

    public override Task KillAsync(ProcEntry? root)
    {
        if (root is { } outside)
        {
            // The kernel ends the whole namespace with it; what is looked for afterwards is gone as a rule.
            ProcessTree.Send(outside, ProcessSignal.SIGKILL);
        }

        return base.KillAsync(root);
    }

    public override void Signal(ProcEntry root, ProcessSignal signal)
    {
        var all = ProcFs.List();
        var shell = all.Find(process => process.Parent == root.Id);
        foreach (var process in all.Where(process => shell.Id != 0 && process.Parent == shell.Id).OrderBy(process => process.StartTicks).Take(1))
        {
            ProcessTree.Send(process, signal);
        }
    }
}
