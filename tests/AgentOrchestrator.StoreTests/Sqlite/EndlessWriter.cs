using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Sqlite;

namespace AgentOrchestrator.StoreTests.Sqlite;

/// <summary>A process that appends to one log until it is killed, and prints the sequence of each event that it was told is on disk.</summary>
static class EndlessWriter
{
    public const string Verb = "append-until-killed";
    public const string SessionId = "ses_endless";
    const int Writers = 8;

    public static async Task<int> RunAsync(string folder)
    {
        var stores = SqliteStores.Open(folder, new RecordingSink(), new CoordinatorOptions(), TimeProvider.System);
        await stores.Database.OpenAsync(CancellationToken.None);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => WriteAsync(stores.Sessions)));
        return 0;
    }

    static async Task WriteAsync(ISessionStore sessions)
    {
        var create = new NewSession { Org = CoordinatorOptions.DefaultOrg, SessionId = SessionId, Name = SessionId };
        while (true)
        {
            var e = NewEvent.Of(EventTypes.Notice, new EventFields { Reason = "kept" }, DateTimeOffset.UnixEpoch);
            var place = (await sessions.AppendAsync(CoordinatorOptions.DefaultOrg, SessionId, [e], create, null, CancellationToken.None)).Value;
            await Console.Out.WriteLineAsync($"{place.FirstSeq}");
        }
    }
}
