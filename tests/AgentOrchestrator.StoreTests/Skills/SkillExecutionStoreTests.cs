using AgentOrchestrator.Coordinator.Skills;

namespace AgentOrchestrator.StoreTests.Skills;

public abstract class SkillExecutionStoreTests(StoreFixture fixture) : StoreTest(fixture)
{
    [Fact]
    public async Task One_comes_back_as_it_was_noted_newest_first_and_in_pages()
    {
        var first = Execution("exec_1", "notify", "bob", "run_1");
        var second = Execution("exec_2", "Naïve", "Eve", null) with { SessionId = null, Body = """{"text":"a \u0000 b"}""" };
        await SkillExecutions.NoteAsync(first, Cancel);
        await SkillExecutions.NoteAsync(second, Cancel);
        await SkillExecutions.NoteAsync(first with { Org = "other" }, Cancel);
        await Fixture.RestartAsync();

        var all = await SkillExecutions.ListAsync(Org, new SkillExecutionFilter(), null, 10, Cancel);

        Assert.Equal([second, first], all.Select(noted => noted.Execution));
        Assert.Equal([first], await FoundAsync(new SkillExecutionFilter(), all[0].Seq));
        Assert.Equal([first], await FoundAsync(new SkillExecutionFilter(Skill: "NOTIFY")));
        Assert.Equal([second], await FoundAsync(new SkillExecutionFilter(Agent: "EVE")));
        Assert.Equal([first], await FoundAsync(new SkillExecutionFilter(RunId: "run_1")));
        Assert.Single(await SkillExecutions.ListAsync(Org, new SkillExecutionFilter(), null, 1, Cancel));
        Assert.Equal(first, (await SkillExecutions.FindAsync(Org, "exec_1", Cancel))!.Execution);
        Assert.Null(await SkillExecutions.FindAsync("third", "exec_1", Cancel));
        Assert.Null(await SkillExecutions.FindAsync(Org, "exec_3", Cancel));
    }

    [Fact]
    public async Task Old_ones_are_forgotten_in_steps()
    {
        foreach (var i in Enumerable.Range(0, 3)) { await SkillExecutions.NoteAsync(Execution($"exec_{i}", "notify", "bob", null), Cancel); }
        Time.Advance(TimeSpan.FromDays(31));
        await SkillExecutions.NoteAsync(Execution("young", "notify", "bob", null), Cancel);

        Assert.Equal(2, await SkillExecutions.ForgetAsync(TimeSpan.FromDays(30), 2, Cancel));
        Assert.Equal(1, await SkillExecutions.ForgetAsync(TimeSpan.FromDays(30), 2, Cancel));
        Assert.Equal(0, await SkillExecutions.ForgetAsync(TimeSpan.FromDays(30), 2, Cancel));
        Assert.Equal(["young"], (await FoundAsync(new SkillExecutionFilter())).Select(execution => execution.ExecutionId));
    }

    async Task<IReadOnlyList<SkillExecutionRecord>> FoundAsync(SkillExecutionFilter filter, long? before = null) =>
        [.. (await SkillExecutions.ListAsync(Org, filter, before, 10, Cancel)).Select(noted => noted.Execution)];

    SkillExecutionRecord Execution(string id, string skill, string agent, string? run) =>
        new(Org, id, skill, agent, run, "ses_1", "agent:x", Time.GetUtcNow(), """{"status":"completed"}""");
}

public sealed class SqliteSkillExecutionStoreTests() : SkillExecutionStoreTests(new SqliteFixture());

public sealed class PostgresSkillExecutionStoreTests() : SkillExecutionStoreTests(new PostgresFixture());
