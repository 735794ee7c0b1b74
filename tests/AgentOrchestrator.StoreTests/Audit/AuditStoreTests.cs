using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Audit;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.StoreTests.Audit;

public abstract class AuditStoreTests(StoreFixture fixture) : StoreTest(fixture)
{
    IAuditStore Audit => Fixture.Stores.Audit;

    AuditFact Fact(string subject) => new(Time.GetUtcNow(), "owner:tok_1", "127.0.0.1", "POST", "/runs", subject, 200, 1, null);

    [Fact]
    public async Task Entries_are_read_as_they_were_written_in_both_directions()
    {
        var (first, second, third) = (Fact("a") with { Digest = "d1g" }, Fact("b") with { Subject = null, Times = 7, Status = 403 }, Fact("c"));
        await Audit.AppendAsync(Org, [first, second], [], Cancel);
        await Audit.AppendAsync(Org, [third], [], Cancel);
        await Audit.AppendAsync("other", [third], [], Cancel);
        await Fixture.RestartAsync();

        var all = await Audit.ReadAsync(Org, 0, 10, Cancel);

        Assert.Equal([(1L, first), (2L, second), (3L, third)], all.Select(entry => (entry.Seq, entry.Fact)));
        Assert.Equal([3L, 2L], (await Audit.ReadBackAsync(Org, null, 2, Cancel)).Select(entry => entry.Seq));
        Assert.Equal([1L], (await Audit.ReadBackAsync(Org, 2, 2, Cancel)).Select(entry => entry.Seq));
        Assert.Equal(new AuditHead(3, all[2].Hash, 0, ""), await Audit.FindHeadAsync(Org, Cancel));
        Assert.Null((await AuditChain.VerifyAsync(Audit, Org, Cancel)).BadSeq);
        Assert.Null((await AuditChain.VerifyAsync(Audit, "nobody", Cancel)).BadSeq);
    }

    [Fact]
    public async Task Those_who_append_at_once_make_one_chain()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Audit.AppendAsync(Org, [Fact($"{i}a"), Fact($"{i}b")], [], Cancel)));

        var verdict = await AuditChain.VerifyAsync(Audit, Org, Cancel);

        Assert.Equal((40L, null), (verdict.Head.Seq, verdict.BadSeq));
    }

    [Fact]
    public async Task What_is_beyond_the_bound_goes_and_the_rest_still_holds()
    {
        for (var i = 0; i < 4; i++)
        {
            await Audit.AppendAsync(Org, [Fact($"{i}a"), Fact($"{i}b")], [], Cancel);
        }

        Assert.Equal([4L, 5L, 6L, 7L, 8L], (await Audit.ReadAsync(Org, 0, 100, Cancel)).Select(entry => entry.Seq));
        Assert.Null((await AuditChain.VerifyAsync(Audit, Org, Cancel)).BadSeq);
    }

    [Fact]
    public async Task An_act_that_took_effect_and_has_no_entry_gets_one_from_the_next_process()
    {
        var (kept, refused, answered) = (Intent("kept"), Intent("refused"), Intent("answered"));
        await UnderAsync(kept, () => Sessions.CreateAsync(New("one"), null, Cancel));
        await UnderAsync(refused, () => Assert.ThrowsAsync<ProductException>(() => Sessions.CreateAsync(New("one"), null, Cancel)));
        await UnderAsync(answered, () => Sessions.CreateAsync(New("two"), null, Cancel));
        await Audit.AppendAsync(Org, [answered.Fact with { Status = 200 }], [answered.Id], Cancel);

        Assert.Equal((true, false, true), (kept.IsKept, refused.IsKept, answered.IsKept));
        Assert.Equal(0, await Audit.SettleAsync(TimeSpan.Zero, Cancel));
        await Fixture.RestartAsync();
        Assert.Equal(1, await Audit.SettleAsync(TimeSpan.Zero, Cancel));
        Assert.Equal(0, await Audit.SettleAsync(TimeSpan.Zero, Cancel));

        Assert.Equal([answered.Fact with { Status = 200 }, kept.Fact with { After = kept.After }], (await Audit.ReadAsync(Org, 0, 10, Cancel)).Select(entry => entry.Fact));
        Assert.Null((await AuditChain.VerifyAsync(Audit, Org, Cancel)).BadSeq);
    }

    [Fact]
    public async Task An_act_is_kept_once_however_many_transactions_it_takes()
    {
        var intent = Intent("many");
        await UnderAsync(intent, () => Task.WhenAll(
            Enumerable.Range(0, 10).Select(i => Sessions.CreateAsync(New($"s{i}"), null, Cancel))));
        intent.End();
        await UnderAsync(intent, () => Sessions.CreateAsync(New("later"), null, Cancel));
        await Fixture.RestartAsync();

        Assert.Equal(1, await Audit.SettleAsync(TimeSpan.Zero, Cancel));
    }

    [Fact]
    public async Task An_act_says_how_what_it_was_done_to_stood_before_and_after()
    {
        var made = Intent("made");
        await UnderAsync(made, () => Sessions.CreateAsync(New("one"), null, Cancel));
        var changed = Intent("changed", new AuditObject(AuditNoun.Session, "one"));
        await UnderAsync(changed, () => Sessions.UpdateAsync(Org, "one", new SessionPatch { ProjectDir = "/elsewhere" }, Cancel));
        var same = Intent("same", new AuditObject(AuditNoun.Session, "one"));
        await UnderAsync(same, () => Sessions.UpdateAsync(Org, "one", new SessionPatch { ProjectDir = "/elsewhere" }, Cancel));
        var deleted = Intent("deleted", new AuditObject(AuditNoun.Session, "one"));
        await UnderAsync(deleted, () => Sessions.DeleteAsync(Org, "one", Cancel));

        Assert.Equal((null, 64), (made.Before, made.After!.Length));
        Assert.Equal(made.After, changed.Before);
        Assert.NotEqual(changed.Before, changed.After);
        Assert.Equal((changed.After, changed.After), (same.Before, same.After));
        Assert.Equal((same.After, null), (deleted.Before, deleted.After));
        await Fixture.RestartAsync();
        await Audit.SettleAsync(TimeSpan.Zero, Cancel);
        Assert.Equal(
            new[] { made, changed, same, deleted }.Select(act => (act.Before, act.After)).ToHashSet(),
            (await Audit.ReadAsync(Org, 0, 10, Cancel)).Select(entry => (entry.Fact.Before, entry.Fact.After)).ToHashSet());
    }

    [Fact]
    public async Task An_act_on_files_is_kept_before_it_and_told_how_its_agent_stands_after_it()
    {
        await Agents.SaveAsync(Org, "writer", "d1", "{}", Cancel);
        var intent = Intent("writer", new AuditObject(AuditNoun.Agent, "Writer"));
        await Audit.KeepAsync(intent, Cancel);
        var before = intent.Before;
        await UnderAsync(intent, () => Agents.SaveAsync(Org, "writer", "d2", "{}", Cancel));

        Assert.Equal((64, before), (before!.Length, intent.Before));
        Assert.NotEqual(before, intent.After);
        await Fixture.RestartAsync();
        Assert.Equal(1, await Audit.SettleAsync(TimeSpan.Zero, Cancel));
        var entry = Assert.Single(await Audit.ReadAsync(Org, 0, 10, Cancel));
        Assert.Equal((before, intent.After), (entry.Fact.Before, entry.Fact.After));
    }

    [Theory]
    [InlineData(AuditNoun.Session)]
    [InlineData(AuditNoun.Run)]
    [InlineData(AuditNoun.Agent)]
    [InlineData(AuditNoun.Token)]
    [InlineData(AuditNoun.Skill)]
    [InlineData(AuditNoun.Memory)]
    [InlineData(AuditNoun.Runner)]
    [InlineData(AuditNoun.Document)]
    public async Task Of_what_is_not_there_nothing_is_said(AuditNoun noun)
    {
        var intent = Intent("nobody", new AuditObject(noun, "nobody"));

        await UnderAsync(intent, () => Agents.SaveAsync(Org, "writer", "d1", "{}", Cancel));

        Assert.Equal((true, null, null), (intent.IsKept, intent.Before, intent.After));
    }

    static NewSession New(string name) => new() { Org = Org, SessionId = name, Name = name };

    AuditIntent Intent(string subject, AuditObject? about = null)
    {
        var fact = Fact(subject) with { Status = AuditIntent.Unanswered };
        return new AuditIntent(Org, () => fact) { About = about };
    }

    static async Task UnderAsync(AuditIntent intent, Func<Task> act)
    {
        AuditIntent.Current = intent;
        await act();
    }
}

public sealed class SqliteAuditStoreTests() : AuditStoreTests(new SqliteFixture { Options = new CoordinatorOptions { AuditEntries = 5 } });

public sealed class PostgresAuditStoreTests() : AuditStoreTests(new PostgresFixture { Options = new CoordinatorOptions { AuditEntries = 5 } });
