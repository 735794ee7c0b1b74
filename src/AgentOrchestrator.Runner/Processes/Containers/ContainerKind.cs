namespace AgentOrchestrator.Runner.Processes.Containers;

/// <summary>What holds the processes of a run together, the surest first.</summary>
public enum ContainerKind
{
    /// <summary>A control group (v2) of its own: the kernel kills all members at once, and none can leave without the right to.</summary>
    Cgroup,

    /// <summary>A PID namespace of its own: the kernel kills all members with its first process.</summary>
    Namespace,

    /// <summary>An environment variable, the session and the parents: what drops all three is found only by whom it is a child of.</summary>
    Marks,
}
