using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Runner.Executors;
using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Runner;

/// <summary>What this host can execute, as detected at the runner's start.</summary>
sealed partial class ExecutorCatalog
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    readonly Dictionary<string, IExecutor> _available = new(StringComparer.Ordinal);
    readonly Dictionary<string, string> _missing = new(StringComparer.Ordinal);

    ExecutorCatalog()
    {
    }

    /// <summary>In the order in which they were given.</summary>
    public IReadOnlyList<string> Types => [.. _available.Keys];

    /// <summary>For runs that name no executor: the first that is available.</summary>
    /// <value>With the product's own list <c>claude-code</c>, else <c>chat</c>.</value>
    public string? Default => _available.Keys.FirstOrDefault();

    public static async Task<ExecutorCatalog> DetectAsync(IReadOnlyList<IExecutor> executors, ILogger log, CancellationToken cancel)
    {
        var catalog = new ExecutorCatalog();
        var found = await Task.WhenAll(executors.Select(e => DetectAsync(e, cancel))).ConfigureAwait(false);
        foreach (var (executor, availability) in executors.Zip(found))
        {
            if (availability.IsAvailable)
            {
                catalog._available[executor.Type] = executor;
                LogAvailable(log, executor.Type, availability.Detail);
            }
            else
            {
                catalog._missing[executor.Type] = availability.Detail;
                LogMissing(log, executor.Type, availability.Detail);
            }
        }

        return catalog;
    }

    /// <summary>The executor of a run by its word: as the run demands, as its agent says, or the default.</summary>
    public string? TypeOf(RunView run, RunAssignment assignment) => run.Demands?.ExecutorType ?? assignment.Agent?.Executor ?? Default;

    /// <summary>See <see cref="IExecutor.GoesOn"/>.</summary>
    public bool GoesOn(string? type) => type is not null && _available.TryGetValue(type, out var executor) && executor.GoesOn;

    /// <summary>See <see cref="IExecutor.Resumes"/>.</summary>
    public bool Resumes(string? type, string scratch) => type is not null && _available.TryGetValue(type, out var executor) && executor.Resumes(scratch);

    /// <exception cref="ProductException"><see cref="ErrorCode.NotPossible"/>, saying what is missing.</exception>
    public IExecutor Choose(RunView run, RunAssignment assignment)
    {
        var type = TypeOf(run, assignment);
        if (type is not null && _available.TryGetValue(type, out var executor))
        {
            return executor;
        }

        throw new ProductException(
            ErrorCode.NotPossible,
            type is not null && _missing.TryGetValue(type, out var why)
                ? why
                : $"the runner on {Environment.MachineName} has no executor '{type}'; it offers {string.Join(", ", Types)}");
    }

    static async Task<ExecutorAvailability> DetectAsync(IExecutor executor, CancellationToken cancel)
    {
        using var timed = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timed.CancelAfter(s_patience);
        try
        {
            return await executor.DetectAsync(timed.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new ExecutorAvailability(false, $"looking for it took longer than {s_patience.TotalSeconds:0} s");
        }
    }

    [LoggerMessage(LogLevel.Information, "Executor {Executor} is available: {Detail}")]
    static partial void LogAvailable(ILogger log, string executor, string detail);

    [LoggerMessage(LogLevel.Information, "Executor {Executor} is not available: {Detail}")]
    static partial void LogMissing(ILogger log, string executor, string detail);
}
