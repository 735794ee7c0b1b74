namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>Content that is on disk and belongs to no document yet. Disposing removes it, unless one has taken it.</summary>
public sealed class StagedContent(IContentStore contents, StoredContent content, bool isText) : IAsyncDisposable
{
    bool _isTaken;

    public StoredContent Content => content;

    public bool IsText => isText;

    public void Take() => _isTaken = true;

    public async ValueTask DisposeAsync()
    {
        if (!_isTaken) { await contents.DropAsync(content.ContentId, CancellationToken.None).ConfigureAwait(false); }
    }
}
