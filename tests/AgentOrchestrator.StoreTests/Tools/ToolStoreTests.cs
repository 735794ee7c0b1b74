using AgentOrchestrator.Coordinator.Tools;

namespace AgentOrchestrator.StoreTests.Tools;

public abstract class ToolStoreTests(StoreFixture fixture) : StoreTest(fixture)
{
    [Fact]
    public async Task A_call_comes_back_as_it_was_noted_newest_first_and_in_pages()
    {
        var first = Call("bob", "run_1");
        var second = Call("Eve", null) with { SessionId = null, Outcome = "timed_out", Tool = "naïve \0 tool" };
        await Tools.NoteCallAsync(first, Cancel);
        await Tools.NoteCallAsync(second, Cancel);
        await Tools.NoteCallAsync(first with { Org = "other" }, Cancel);
        await Fixture.RestartAsync();

        var all = await Tools.ListCallsAsync(Org, new ToolCallFilter(), null, 10, Cancel);
        var rest = await Tools.ListCallsAsync(Org, new ToolCallFilter(), all[0].Seq, 10, Cancel);

        Assert.Equal([second, first], all.Select(noted => noted.Call));
        Assert.Equal([first], rest.Select(noted => noted.Call));
        Assert.Equal([second], await FoundAsync(new ToolCallFilter(Agent: "EVE")));
        Assert.Equal([first], await FoundAsync(new ToolCallFilter(RunId: "run_1")));
        Assert.Equal([second, first], await FoundAsync(new ToolCallFilter(Server: "mail")));
        Assert.Empty(await FoundAsync(new ToolCallFilter("bob", "run_1", "none")));
        Assert.Single(await Tools.ListCallsAsync(Org, new ToolCallFilter(), null, 1, Cancel));
    }

    [Fact]
    public async Task Old_calls_are_forgotten_in_steps()
    {
        foreach (var i in Enumerable.Range(0, 3)) { await Tools.NoteCallAsync(Call("bob", $"run_{i}"), Cancel); }
        Time.Advance(TimeSpan.FromDays(31));
        await Tools.NoteCallAsync(Call("bob", "young"), Cancel);

        Assert.Equal(2, await Tools.ForgetCallsAsync(TimeSpan.FromDays(30), 2, Cancel));
        Assert.Equal(1, await Tools.ForgetCallsAsync(TimeSpan.FromDays(30), 2, Cancel));
        Assert.Equal(0, await Tools.ForgetCallsAsync(TimeSpan.FromDays(30), 2, Cancel));
        Assert.Equal(["young"], (await Tools.ListCallsAsync(Org, new ToolCallFilter(), null, 10, Cancel)).Select(noted => noted.Call.RunId));
    }

    [Fact]
    public async Task What_is_pinned_first_stays_until_another_is_accepted()
    {
        await Tools.PinAsync(Org, [new ToolPin("b", "first \0", null), new ToolPin("a", "first", null)], Cancel);
        await Tools.PinAsync(Org, [new ToolPin("a", "second", null), new ToolPin("c", "third", null)], Cancel);
        await Tools.PinAsync("other", [new ToolPin("a", "another", null)], Cancel);

        Assert.Equal([new ToolPin("a", "first", null), new("b", "first \0", null), new("c", "third", null)], await Tools.ListPinsAsync(Org, Cancel));

        await Tools.AcceptAsync(Org, new ToolPin("a", "second", "owner:tok_1"), Cancel);
        await Tools.AcceptAsync(Org, new ToolPin("d", "fourth", "owner:tok_1"), Cancel);
        await Fixture.RestartAsync();

        var pins = await Tools.ListPinsAsync(Org, Cancel);
        Assert.Equal([new ToolPin("a", "second", "owner:tok_1"), new ToolPin("d", "fourth", "owner:tok_1")], pins.Where(pin => pin.AcceptedBy is not null));
        Assert.Equal([new ToolPin("a", "another", null)], await Tools.ListPinsAsync("other", Cancel));
    }

    [Fact]
    public async Task Many_who_pin_the_same_at_once_agree()
    {
        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Tools.PinAsync(
            Org, [.. Enumerable.Range(0, 20).Select(n => new ToolPin($"pin_{(n * (i % 2 == 0 ? 1 : 7)) % 20}", $"by {i}", null))], Cancel)));

        Assert.Equal(20, (await Tools.ListPinsAsync(Org, Cancel)).Count);
    }

    async Task<IEnumerable<ToolCallRecord>> FoundAsync(ToolCallFilter filter) =>
        (await Tools.ListCallsAsync(Org, filter, null, 10, Cancel)).Select(noted => noted.Call);

    ToolCallRecord Call(string agent, string? run) =>
        new(Org, agent, run, "ses_1", "owner:tok_1", "mail", "send", "ok", Time.GetUtcNow(), 12, 34, 56);
}

public sealed class SqliteToolStoreTests() : ToolStoreTests(new SqliteFixture());

public sealed class PostgresToolStoreTests() : ToolStoreTests(new PostgresFixture());
