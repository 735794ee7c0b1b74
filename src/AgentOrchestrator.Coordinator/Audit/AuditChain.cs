using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Coordinator.Audit;

/// <summary>Each entry's hash covers the one before it, so that an edit shows from there on.</summary>
public static class AuditChain
{
    public static string Hash(string previous, long seq, AuditFact fact)
    {
        string?[] members =
        [
            previous, Text(seq), WireTime.Text(fact.At), fact.Actor, fact.Source, fact.Method, fact.Route, fact.Subject, Text(fact.Status),
            Text(fact.Times), fact.Digest, fact.Before, fact.After,
        ];
        var text = string.Concat(members.Select(member => member is null ? "-;" : $"{member.Length}:{member};"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>Follows the kept part of a chain to its end.</summary>
    public static async Task<AuditVerdict> VerifyAsync(IAuditStore audit, string org, CancellationToken cancel)
    {
        const int Page = 1_000;
        var head = await audit.FindHeadAsync(org, cancel).ConfigureAwait(false);
        var (seq, hash) = (head.PrunedTo, head.PrunedHash);
        while (seq < head.Seq)
        {
            var entries = await audit.ReadAsync(org, seq, Page, cancel).ConfigureAwait(false);
            foreach (var entry in entries)
            {
                if (entry.Seq > head.Seq)
                {
                    break;
                }

                if (entry.Seq != seq + 1)
                {
                    return Bad(seq + 1, "is missing");
                }

                if (entry.Hash != Hash(hash, entry.Seq, entry.Fact))
                {
                    return Bad(entry.Seq, "was changed, or one before it was");
                }

                (seq, hash) = (entry.Seq, entry.Hash);
            }

            if (entries.Count < Page && seq < head.Seq)
            {
                return Bad(seq + 1, "is missing");
            }
        }

        return hash == head.Hash ? new AuditVerdict(head, null, null) : Bad(seq, "is not the one that the chain ends with");

        AuditVerdict Bad(long at, string what) => new(head, at, what);
    }

    static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <param name="BadSeq">The first entry that does not hold; null when all do.</param>
public sealed record AuditVerdict(AuditHead Head, long? BadSeq, string? What);
