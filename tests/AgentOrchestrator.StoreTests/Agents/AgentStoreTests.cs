namespace AgentOrchestrator.StoreTests.Agents;

public abstract class AgentStoreTests(StoreFixture fixture) : StoreTest(fixture)
{
    [Fact]
    public async Task Saving_a_new_definition_makes_the_next_revision()
    {
        var first = await Agents.SaveAsync(Org, "writer", "d1", """{"name":"writer","a":1}""", Cancel);
        Time.Advance(TimeSpan.FromMinutes(1));
        var second = await Agents.SaveAsync(Org, "writer", "d2", """{"name":"writer","a":2}""", Cancel);

        Assert.Equal(1, first.Revision);
        Assert.Equal(2, second.Revision);
        Assert.Equal(first.CreatedAt + TimeSpan.FromMinutes(1), second.CreatedAt);
        Assert.Equal(second, await Agents.FindAsync(Org, "writer", Cancel));
        Assert.Equal(first, await Agents.FindRevisionAsync(Org, "writer", 1, Cancel));
    }

    [Fact]
    public async Task Saving_the_newest_definition_again_changes_nothing()
    {
        var first = await Agents.SaveAsync(Org, "writer", "d1", "{}", Cancel);
        Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(first, await Agents.SaveAsync(Org, "writer", "d1", "{}", Cancel));
    }

    [Fact]
    public async Task Saving_an_older_definition_again_makes_a_further_revision()
    {
        await Agents.SaveAsync(Org, "writer", "d1", "{}", Cancel);
        await Agents.SaveAsync(Org, "writer", "d2", "{}", Cancel);

        Assert.Equal(3, (await Agents.SaveAsync(Org, "writer", "d1", "{}", Cancel)).Revision);
    }

    [Fact]
    public async Task A_deleted_agent_is_gone_but_its_revisions_stay()
    {
        var revision = await Agents.SaveAsync(Org, "writer", "d1", "{}", Cancel);

        Assert.True(await Agents.DeleteAsync(Org, "writer", Cancel));
        Assert.False(await Agents.DeleteAsync(Org, "writer", Cancel));

        Assert.Null(await Agents.FindAsync(Org, "writer", Cancel));
        Assert.Empty(await Agents.ListAsync(Org, Cancel));
        Assert.Equal(revision, await Agents.FindRevisionAsync(Org, "writer", 1, Cancel));
    }

    [Fact]
    public async Task A_deleted_agent_comes_back_when_it_is_saved_again()
    {
        var revision = await Agents.SaveAsync(Org, "writer", "d1", "{}", Cancel);
        await Agents.DeleteAsync(Org, "writer", Cancel);

        Assert.Equal(revision, await Agents.SaveAsync(Org, "writer", "d1", "{}", Cancel));
        Assert.Equal(revision, await Agents.FindAsync(Org, "writer", Cancel));
    }

    [Fact]
    public async Task The_list_has_the_newest_revision_of_every_agent_by_name()
    {
        await Agents.SaveAsync(Org, "writer", "d1", "{}", Cancel);
        var writer = await Agents.SaveAsync(Org, "writer", "d2", "{}", Cancel);
        var editor = await Agents.SaveAsync(Org, "editor", "d1", "{}", Cancel);
        await Agents.SaveAsync("other", "stranger", "d1", "{}", Cancel);

        Assert.Equal([editor, writer], await Agents.ListAsync(Org, Cancel));
    }

    [Fact]
    public async Task Names_are_the_same_without_regard_to_case()
    {
        await Agents.SaveAsync(Org, "Writer", "d1", "{}", Cancel);
        var second = await Agents.SaveAsync(Org, "writer", "d2", "{}", Cancel);

        Assert.Equal(2, second.Revision);
        Assert.Equal(2, (await Agents.FindAsync(Org, "WRITER", Cancel))!.Revision);
        Assert.Single(await Agents.ListAsync(Org, Cancel));
    }

    [Fact]
    public async Task Revisions_saved_at_one_instant_are_all_kept()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Agents.SaveAsync(Org, "writer", $"d{i}", $$"""{"i":{{i}}}""", Cancel)));

        var kept = await Task.WhenAll(Enumerable.Range(1, 20).Select(r => Agents.FindRevisionAsync(Org, "writer", r, Cancel)));

        Assert.Equal(20, kept.Select(agent => agent!.Digest).Distinct().Count());
    }
}

public sealed class SqliteAgentStoreTests() : AgentStoreTests(new SqliteFixture());

public sealed class PostgresAgentStoreTests() : AgentStoreTests(new PostgresFixture());
