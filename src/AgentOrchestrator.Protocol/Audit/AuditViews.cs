namespace AgentOrchestrator.Protocol.Audit;

/// <summary><c>GET /audit</c>, newest first.</summary>
/// <param name="NextBefore">Where the next page begins; null on the last one.</param>
public sealed record AuditPage(IReadOnlyList<AuditEntryView> Entries, long? NextBefore);

public sealed record AuditEntryView
{
    public required long Seq { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>Role and id of the token.</summary>
    public required string Actor { get; init; }
    public required string Source { get; init; }
    public required string Method { get; init; }
    public required string Route { get; init; }

    /// <summary>What it was done to.</summary>
    public string? Subject { get; init; }
    public required int Status { get; init; }

    /// <summary>More than 1 for refusals that were alike.</summary>
    public required long Times { get; init; }

    /// <summary>SHA-256 of the request's body.</summary>
    public string? Digest { get; init; }

    /// <summary>SHA-256 of the rows of what it was done to, as they were before it; left out where there were none.</summary>
    public string? StateBefore { get; init; }

    /// <summary>The same after it: equal where it changed nothing.</summary>
    public string? StateAfter { get; init; }
    public required string Hash { get; init; }
}

/// <summary><c>GET /audit/verify</c>.</summary>
/// <param name="Ok">Whether every kept entry is as it was written.</param>
/// <param name="FirstBad">The first one that is not, and <paramref name="Problem"/> says how.</param>
/// <param name="Head">The hash that the chain ends with: kept elsewhere, it shows a chain that was written anew.</param>
public sealed record AuditVerification(bool Ok, long From, long To, long? FirstBad, string? Problem, string Head);
