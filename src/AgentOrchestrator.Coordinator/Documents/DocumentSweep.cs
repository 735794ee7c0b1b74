using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>Removes contents that never became a document's: of uploads that a crash cut short.</summary>
public sealed class DocumentSweep(IContentStore contents, CoordinatorOptions options, TimeProvider time, ILogger<DocumentSweep> log)
    : Loop(options.DocumentSweepInterval, time, log)
{
    const int Batch = 20;

    /// <summary>How many it removed.</summary>
    public async Task<int> RunOnceAsync(CancellationToken cancel)
    {
        for (var (all, last) = (0, Batch); ; all += last)
        {
            if (last < Batch) { return all; }

            last = await contents.SweepAsync(options.DocumentOrphanAge, Batch, cancel).ConfigureAwait(false);
        }
    }

    protected override async Task<object?> RoundAsync(CancellationToken cancel) =>
        await RunOnceAsync(cancel).ConfigureAwait(false) is > 0 and var removed ? removed : null;
}
