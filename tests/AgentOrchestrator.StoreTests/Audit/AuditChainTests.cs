using AgentOrchestrator.Coordinator.Audit;

namespace AgentOrchestrator.StoreTests.Audit;

/// <summary>Whatever is done to a chain in its database shows, and the first entry is named.</summary>
public sealed class AuditChainTests
{
    const string Org = "default";
    const int Length = 40;

    [Fact]
    public async Task A_thousand_random_edits_and_removals_are_found()
    {
        var random = new Random(20_261);
        for (var trial = 0; trial < 1_000; trial++)
        {
            var chain = new Tampered(Length);
            var at = random.Next(Length);
            var entry = chain.Entries[at];
            var expected = entry.Seq;
            switch (random.Next(10))
            {
                case 0: chain.Entries.RemoveAt(at); break;
                case 1: chain.Entries[at] = entry with { Hash = new string('0', 64) }; break;
                case 2: chain.Entries[at] = entry with { Fact = entry.Fact with { Actor = "owner:local" } }; break;
                case 3: chain.Entries[at] = entry with { Fact = entry.Fact with { At = entry.Fact.At.AddMicroseconds(1) } }; break;
                case 4: chain.Entries[at] = entry with { Fact = entry.Fact with { Subject = null } }; break;
                case 5: chain.Entries[at] = entry with { Fact = entry.Fact with { Status = 201 } }; break;
                case 7: chain.Entries[at] = entry with { Fact = entry.Fact with { Before = entry.Fact.After, After = entry.Fact.Before } }; break;
                case 8: chain.Entries[at] = entry with { Fact = entry.Fact with { After = null } }; break;
                case 6: chain.Entries[at] = entry with { Fact = entry.Fact with { Source = "1", Method = "27.0.0.1POST" } }; break;
                default: chain.Entries.RemoveRange(at, Length - at); break;
            }

            Assert.Equal(expected, (await AuditChain.VerifyAsync(chain, Org, TestContext.Current.CancellationToken)).BadSeq);
        }
    }

    [Fact]
    public async Task An_entry_that_was_rewritten_with_its_hash_breaks_the_next()
    {
        var chain = new Tampered(Length);
        var fact = chain.Entries[10].Fact with { Actor = "owner:somebody" };
        chain.Entries[10] = new AuditEntry(11, fact, AuditChain.Hash(chain.Entries[9].Hash, 11, fact));

        Assert.Equal(12, (await AuditChain.VerifyAsync(chain, Org, TestContext.Current.CancellationToken)).BadSeq);
    }

    /// <summary>A chain as it lies in a database, open to whoever can write there.</summary>
    sealed class Tampered : IAuditStore
    {
        readonly AuditHead _head = AuditHead.Empty;

        public Tampered(int length)
        {
            for (var seq = 1; seq <= length; seq++)
            {
                var fact = new AuditFact(DateTimeOffset.UnixEpoch.AddSeconds(seq), $"operator:tok_{seq}", "127.0.0.1", "POST", "/runs", $"run_{seq}", 200, 1, null, $"b{seq}", $"a{seq}");
                _head = new AuditHead(seq, AuditChain.Hash(_head.Hash, seq, fact), 0, "");
                Entries.Add(new AuditEntry(seq, fact, _head.Hash));
            }
        }

        public List<AuditEntry> Entries { get; } = [];

        public Task AppendAsync(string org, IReadOnlyList<AuditFact> facts, IReadOnlyList<string> answered, CancellationToken cancel) =>
            throw new NotSupportedException();

        public Task KeepAsync(AuditIntent intent, CancellationToken cancel) => throw new NotSupportedException();

        public Task<int> SettleAsync(TimeSpan age, CancellationToken cancel) => throw new NotSupportedException();

        public Task<AuditHead> FindHeadAsync(string org, CancellationToken cancel) => Task.FromResult(_head);

        public Task<IReadOnlyList<AuditEntry>> ReadAsync(string org, long afterSeq, int limit, CancellationToken cancel) =>
            Task.FromResult<IReadOnlyList<AuditEntry>>([.. Entries.Where(entry => entry.Seq > afterSeq).Take(limit)]);

        public Task<IReadOnlyList<AuditEntry>> ReadBackAsync(string org, long? beforeSeq, int limit, CancellationToken cancel) =>
            throw new NotSupportedException();
    }
}
