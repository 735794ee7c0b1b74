namespace AgentOrchestrator.Runner.Processes;

/// <summary>Starts the program of a run, or takes over the one that an earlier life of the runner started.</summary>
public interface IProgramStarter
{
    /// <summary>One program for each run.</summary>
    /// <returns>
    /// The program. When it was taken over, its output begins as far back as it is kept; lines that were turned into events before are
    /// told apart by their <see cref="OutputLine.Position"/>.
    /// </returns>
    /// <exception cref="Protocol.ProductException"><see cref="Protocol.ErrorCode.NotPossible"/>, saying what cannot be started and why.</exception>
    Task<IRunProcess> StartAsync(ProcessSpec spec);
}

/// <summary>Starts programs as children of this process; they are killed by the next start when this one dies.</summary>
public sealed class DirectStarter : IProgramStarter
{
    public static DirectStarter Instance { get; } = new();

    public Task<IRunProcess> StartAsync(ProcessSpec spec) => Task.FromResult<IRunProcess>(ChildProcess.Start(spec));
}
