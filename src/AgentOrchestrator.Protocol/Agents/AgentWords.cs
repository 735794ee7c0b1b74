namespace AgentOrchestrator.Protocol.Agents;

/// <summary>The words of <see cref="AgentView.Status"/>: whether new sessions may use the agent.</summary>
public static class AgentStatuses
{
    public const string Active = "active";
    public const string Inactive = "inactive";
}

/// <summary>The words of <see cref="AgentView.State"/>.</summary>
public static class AgentStates
{
    public const string Running = "running";
    public const string Stopped = "stopped";

    /// <summary>Its definition cannot be used; <see cref="AgentView.Error"/> says why.</summary>
    public const string Failed = "failed";

    public static string Of(string status) => status == AgentStatuses.Active ? Running : Stopped;
}

/// <summary>The words of <see cref="AgentView.Executor"/> whose rules the definition itself must keep.</summary>
public static class AgentExecutors
{
    /// <summary>A program that takes JSON and answers with JSON or text.</summary>
    public const string Command = "command";

    /// <summary>A program that tells the session itself, over HTTP, what it does.</summary>
    public const string Process = "process";
}
