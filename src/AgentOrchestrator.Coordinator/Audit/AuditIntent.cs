using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Coordinator.Audit;

/// <summary>An act that is under way: every transaction that it commits holds what is known of it, until its entry is in the chain.</summary>
/// <remarks>It goes along with the calls of its request, so that no store verb need know of it.</remarks>
public sealed class AuditIntent(string org, Func<AuditFact> describe)
{
    /// <summary>The status of an act whose answer nobody saw leave.</summary>
    public const int Unanswered = 0;

    static readonly AsyncLocal<AuditIntent?> s_current = new();
    AuditFact? _fact;
    volatile bool _isSettled;
    volatile bool _isKept;

    /// <summary>Of the request that is served here, while its next transaction has to hold it; else null.</summary>
    public static AuditIntent? Current
    {
        get => s_current.Value is { _isSettled: false } intent ? intent : null;
        set => s_current.Value = value;
    }

    public string Id { get; } = Ids.New("act_", 16);

    public string Org { get; } = org;

    /// <summary>What it is done to; null where that is not known, or is to be made.</summary>
    public AuditObject? About { get; set; }

    /// <summary>SHA-256 of the rows of <see cref="About"/> before and after its transaction; null where there were none.</summary>
    public string? Before { get; private set; }

    public string? After { get; private set; }

    /// <summary>As far as it is known when the first transaction begins.</summary>
    public AuditFact Fact => _fact ??= describe() with { Status = Unanswered };

    /// <summary>Whether it is in the database.</summary>
    public bool IsKept => _isKept;

    /// <summary>Says what the act under way is about to make, whose id its path does not name.</summary>
    public static void Makes(AuditNoun noun, string key)
    {
        if (Current is { About: null } intent)
        {
            intent.About = new AuditObject(noun, key);
        }
    }

    /// <summary>A transaction with it has committed: the next ones need not hold it again.</summary>
    public void Keep(string? before, string? after)
    {
        (Before, After) = (before, after);
        _isKept = _isSettled = true;
    }

    /// <summary>It is in the database before it begins; the transaction that it then commits says how things stand after it.</summary>
    public void KeepEarly(string? before)
    {
        Before = before;
        _isKept = true;
    }

    /// <summary>The request is answered: what it left behind to be done later is no longer part of it.</summary>
    public void End() => _isSettled = true;
}
