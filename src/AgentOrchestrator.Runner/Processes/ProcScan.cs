namespace AgentOrchestrator.Runner.Processes;

/// <summary>A process and the mark that it carries; empty for none.</summary>
readonly record struct MarkedProcess(ProcEntry Process, byte[] Mark);

/// <summary>Looks at all processes of the host, one look at a time.</summary>
/// <remarks>A look reads two files of each process: a hundred ends at one moment must not cost a hundred looks.</remarks>
static class ProcScan
{
    static readonly Lock s_lock = new();
    static Task s_current = Task.CompletedTask;
    static Task<IReadOnlyList<MarkedProcess>>? s_next;

    /// <summary>What runs now: the look begins after this call, and serves all who asked while another one was under way.</summary>
    public static Task<IReadOnlyList<MarkedProcess>> TakeAsync()
    {
        lock (s_lock)
        {
            return s_next ??= LookAfterAsync(s_current);
        }
    }

    static async Task<IReadOnlyList<MarkedProcess>> LookAfterAsync(Task before)
    {
        // Never within the caller's lock.
        await Task.Yield();
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (s_lock)
        {
            (s_current, s_next) = (s_next!, null);
        }

        return [.. ProcFs.List().Select(process => new MarkedProcess(process, ProcessMark.ValueIn(ProcFs.Environment(process.Id)).ToArray()))];
    }
}
