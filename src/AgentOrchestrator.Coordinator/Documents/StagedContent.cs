using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>Content that is on disk and belongs to no document yet. Disposing removes it, unless one has taken it.</summary>
public sealed class StagedContent(IContentStore contents, StoredContent content) : IAsyncDisposable
{
    bool _isTaken;

    public StoredContent Content => content;

    public void Take() => _isTaken = true;

    public async ValueTask DisposeAsync()
    {
        if (_isTaken) { return; }

        try
        {
            await contents.DropAsync(content.ContentId, CancellationToken.None).ConfigureAwait(false);
        }
        catch (ProductException)
        {
            // Why it was not taken is what its sender is told; the sweep removes it.
        }
    }
}
