using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Runner.Executors;

/// <summary>Where a run's output goes: in order, kept on disk while the server is away.</summary>
public interface IRunOutput
{
    /// <summary>Behind all that a program wrote, see <see cref="ReadAt"/>.</summary>
    const long AtEnd = long.MaxValue - 1;

    /// <summary>
    /// Says that what follows comes from the line of the program's output that begins at this position. A restarted runner reads lines again:
    /// what it had taken from them is then not added twice.
    /// </summary>
    void ReadAt(long position)
    {
    }

    /// <summary>Adds an event to the session's log. Returns when it is in the runner's spool; waits while the spool is full.</summary>
    ValueTask EmitAsync(string eventType, EventFields fields, CancellationToken cancel);

    /// <summary>Shows text as it is written. Dropped when the server is away or slow.</summary>
    void Write(TextDelta delta);

    /// <summary>Tells where the conversation lives, once known, so that the next run can resume it.</summary>
    ValueTask BindAsync(string executorSessionId, CancellationToken cancel);
}
