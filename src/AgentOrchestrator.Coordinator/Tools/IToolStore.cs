namespace AgentOrchestrator.Coordinator.Tools;

/// <summary>What tools were called, and how they described themselves when they were accepted. Each verb is one transaction.</summary>
public interface IToolStore
{
    Task NoteCallAsync(ToolCallRecord call, CancellationToken cancel);

    /// <summary>Newest first.</summary>
    /// <param name="beforeSeq">Those that were noted earlier; null for the newest.</param>
    Task<IReadOnlyList<NotedToolCall>> ListCallsAsync(string org, ToolCallFilter filter, long? beforeSeq, int limit, CancellationToken cancel);

    /// <summary>Forgets at most <paramref name="limit"/> calls of all orgs that were noted longer ago, and says how many.</summary>
    Task<int> ForgetCallsAsync(TimeSpan age, int limit, CancellationToken cancel);

    Task<IReadOnlyList<ToolPin>> ListPinsAsync(string org, CancellationToken cancel);

    /// <summary>Keeps each definition under its id, unless one is kept there.</summary>
    Task PinAsync(string org, IReadOnlyList<ToolPin> pins, CancellationToken cancel);

    /// <summary>Keeps a definition in place of the one that was kept.</summary>
    Task AcceptAsync(string org, ToolPin pin, CancellationToken cancel);
}
