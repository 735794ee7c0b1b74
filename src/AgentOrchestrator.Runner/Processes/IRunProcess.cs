namespace AgentOrchestrator.Runner.Processes;

/// <summary>A program that runs for an attempt, wherever it is held: by this process or by the keeper.</summary>
/// <remarks>Whatever way the program ends, what it left behind is killed before <see cref="Exit"/> completes.</remarks>
public interface IRunProcess : IAsyncDisposable
{
    /// <summary>Completes when the program has ended and no process that it started is left.</summary>
    Task<ProcessExit> Exit { get; }

    /// <summary>The end of what it wrote to stderr; all of it once <see cref="Exit"/> has completed.</summary>
    string ErrorTail { get; }

    /// <summary>The program's output, line by line, to its end. To be enumerated once; while nobody does, the program waits in its writes.</summary>
    IAsyncEnumerable<OutputLine> ReadLinesAsync(CancellationToken cancel);

    /// <summary>Asks the program to end, waits, then kills it. Returns when nothing that it started is left.</summary>
    /// <param name="first">What to ask with; on Windows, which has no such signals, it is killed at once.</param>
    /// <param name="grace">How long it may take to obey.</param>
    /// <returns>The strongest signal that was needed.</returns>
    Task<ProcessSignal> StopAsync(ProcessSignal first, TimeSpan grace);
}
