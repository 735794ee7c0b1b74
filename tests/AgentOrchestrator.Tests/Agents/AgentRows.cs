using AgentOrchestrator.Coordinator.Agents;

namespace AgentOrchestrator.Tests.Agents;

/// <summary>The rows of agents in memory, for tests of what happens above them; the real stores have their own suite.</summary>
sealed class AgentRows : IAgentStore
{
    readonly Lock _lock = new();
    readonly List<AgentRevision> _revisions = [];
    readonly HashSet<(string, string)> _deleted = [];

    public int Saves { get; private set; }

    public Task<AgentRevision> SaveAsync(string org, string name, string digest, string definition, CancellationToken cancel)
    {
        lock (_lock)
        {
            Saves++;
            _deleted.Remove((org, name));
            var newest = Newest(org, name);
            if (newest?.Digest == digest) { return Task.FromResult(newest); }

            var revision = new AgentRevision(org, name, (newest?.Revision ?? 0) + 1, digest, definition, DateTimeOffset.UnixEpoch);
            _revisions.Add(revision);
            return Task.FromResult(revision);
        }
    }

    public Task<AgentRevision?> FindAsync(string org, string name, CancellationToken cancel)
    {
        lock (_lock) { return Task.FromResult(_deleted.Contains((org, name)) ? null : Newest(org, name)); }
    }

    public Task<AgentRevision?> FindRevisionAsync(string org, string name, long revision, CancellationToken cancel)
    {
        lock (_lock) { return Task.FromResult(_revisions.FirstOrDefault(r => r.Org == org && r.Name == name && r.Revision == revision)); }
    }

    public Task<IReadOnlyList<AgentRevision>> ListAsync(string org, CancellationToken cancel)
    {
        lock (_lock)
        {
            var names = _revisions.Where(r => r.Org == org && !_deleted.Contains((org, r.Name))).Select(r => r.Name).Distinct().Order();
            return Task.FromResult<IReadOnlyList<AgentRevision>>([.. names.Select(name => Newest(org, name)!)]);
        }
    }

    public Task<bool> DeleteAsync(string org, string name, CancellationToken cancel)
    {
        lock (_lock) { return Task.FromResult(Newest(org, name) is not null && _deleted.Add((org, name))); }
    }

    public Task<IReadOnlyList<Quarantine>> ListQuarantinedAsync(string org, CancellationToken cancel) => Task.FromResult<IReadOnlyList<Quarantine>>([]);

    public Task<bool> ReleaseAsync(string org, string name, CancellationToken cancel) => Task.FromResult(false);

    AgentRevision? Newest(string org, string name) => _revisions.LastOrDefault(r => r.Org == org && r.Name == name);
}
