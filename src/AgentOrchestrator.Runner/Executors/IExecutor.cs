namespace AgentOrchestrator.Runner.Executors;

/// <summary>What a runner drives for a run: one way of turning a prompt into events and a result.</summary>
public interface IExecutor
{
    /// <summary>The word by which agents and demands name it, such as <c>claude-code</c>.</summary>
    string Type { get; }

    /// <summary>
    /// The environment variables that it needs beside the standard ones, such as its keys; a name that ends in <c>*</c> stands for all that begin
    /// so. A run sees those of its own executor only.
    /// </summary>
    IReadOnlyList<string> Variables => [];

    /// <summary>
    /// Whether a restarted runner may execute a run again over the program that its earlier life started: when all that the executor tells follows
    /// from the program's output and from what it writes into the run's scratch folder. Otherwise the program is ended then, and the run is lost.
    /// </summary>
    bool GoesOn => false;

    /// <summary>
    /// Whether a restarted runner may execute a run again that had no program, from what its earlier life left in the run's scratch folder, so that
    /// nothing is done or told twice. Otherwise the run is lost.
    /// </summary>
    bool Resumes(string scratchDirectory) => false;

    /// <summary>Whether this host can execute it, and if not, what to install or set.</summary>
    Task<ExecutorAvailability> DetectAsync(CancellationToken cancel);

    /// <summary>Executes one run to its end. Never throws for what the program or model does wrong: that is a failed outcome.</summary>
    /// <param name="run">What to execute and where its output goes.</param>
    /// <param name="stop">
    /// Cancelled when somebody stops the run or the runner loses its lease. The executor then ends whatever it started, all of it, and returns
    /// <see cref="RunOutcome.Stopped"/>.
    /// </param>
    Task<RunOutcome> ExecuteAsync(RunContext run, CancellationToken stop);
}

/// <param name="Detail">The version found, or the sentence that says what is missing and the command that installs it.</param>
public sealed record ExecutorAvailability(bool IsAvailable, string Detail);
