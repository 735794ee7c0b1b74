using System.Globalization;
using AgentOrchestrator.Coordinator;

namespace AgentOrchestrator.Postgres.Hints;

enum HintKind
{
    /// <summary>A session's log got entries: the first and the last sequence of a range that its sender wrote whole.</summary>
    LogGrew,

    /// <summary>A session's row changed; read it again.</summary>
    Session,

    SessionCreated,
    SessionDeleted,
    RunClaimable,

    /// <summary>A run's row changed; read it again.</summary>
    Run,

    RunnerChanged,
    RunnerSignalled,

    /// <summary>More happened than its sender could remember: look at everything that changed lately.</summary>
    Everything,
}

/// <summary>One small word from node to node. It may be lost, doubled or late: the tables are the truth.</summary>
/// <param name="Value">The range of a grown log, the executor of a claimable run.</param>
readonly record struct Hint(HintKind Kind, string Org, string Id, string Value = "")
{
    const char Separator = '\n';

    public string ToPayload(string node) => string.Join(Separator, node, (int)Kind, Org, Id, Value);

    /// <summary>Null for what this node sent itself, and for what is no hint of ours.</summary>
    public static Hint? FromPayload(string payload, string node) =>
        payload.Split(Separator, 5) is [var sender, var kind, var org, var id, var value]
        && sender != node && Enum.TryParse<HintKind>(kind, out var known) && Enum.IsDefined(known)
            ? new Hint(known, org, id, value)
            : null;

    /// <summary>Of a grown log; null for all others.</summary>
    public (long First, long Last)? Range =>
        Kind == HintKind.LogGrew && Value.Split('-') is [var first, var last]
        && long.TryParse(first, CultureInfo.InvariantCulture, out var from) && long.TryParse(last, CultureInfo.InvariantCulture, out var to)
            ? (from, to)
            : null;

    /// <summary>Both ranges of one log in one hint; null when something lies between them.</summary>
    public Hint? JoinedBy(Hint next) => (Range, next.Range) is ((var first, var end), (var start, var last)) && start == end + 1
        ? OfRange(Org, Id, first, last)
        : null;

    public static Hint? Of(Change change) => change switch
    {
        EventsAppended grew => OfRange(grew.Org, grew.SessionId, grew.Entries[0].Seq, grew.Entries[^1].Seq),
        SessionCreated created => new Hint(HintKind.SessionCreated, created.Org, created.Session.SessionId),
        SessionUpdated updated => new Hint(HintKind.Session, updated.Org, updated.Session.SessionId),
        SessionDeleted deleted => new Hint(HintKind.SessionDeleted, deleted.Org, deleted.SessionId),
        RunClaimable claimable => new Hint(HintKind.RunClaimable, claimable.Org, claimable.RunId, claimable.Executor ?? ""),
        RunChanged changed => new Hint(HintKind.Run, changed.Org, changed.Run.RunId),
        RunnerChanged changed => new Hint(HintKind.RunnerChanged, changed.Org, changed.RunnerId),
        RunnerSignalled signalled => new Hint(HintKind.RunnerSignalled, signalled.Org, signalled.RunnerId),
        _ => null,
    };

    static Hint OfRange(string org, string sessionId, long first, long last) =>
        new(HintKind.LogGrew, org, sessionId, string.Create(CultureInfo.InvariantCulture, $"{first}-{last}"));
}
