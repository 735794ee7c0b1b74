namespace AgentOrchestrator.Runner.Processes.Containers;

/// <summary>Holds the processes of one started program together, and ends them.</summary>
/// <param name="token">The mark of the program, see <see cref="ProcessMark"/>.</param>
class ProcessContainer(string token)
{
    protected string Token => token;

    /// <summary>The limit that the processes inside came up against; null while they keep to them.</summary>
    public virtual LimitKind? Met => null;

    /// <summary>The command that starts the program inside.</summary>
    public virtual IReadOnlyList<string> Wrap(string program, IReadOnlyList<string> arguments) => [program, .. arguments];

    /// <summary>Sends a signal to the program alone.</summary>
    /// <param name="root">What the command of <see cref="Wrap"/> became.</param>
    public virtual void Signal(ProcEntry root, ProcessSignal signal) => ProcessTree.Send(root, signal);

    /// <summary>Kills all that is inside, until nothing is left.</summary>
    public virtual Task KillAsync(ProcEntry? root) => ProcessTree.KillAsync(token, root);

    /// <summary>To be called when nothing is left inside.</summary>
    public virtual void Remove()
    {
    }
}
