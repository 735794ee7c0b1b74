namespace AgentOrchestrator.StoreTests.Skills;

public abstract class SkillStoreTests(StoreFixture fixture) : StoreTest(fixture)
{
    [Fact]
    public async Task Saving_a_new_definition_makes_the_next_version()
    {
        var first = await Skills.SaveAsync(Org, "writer", "d1", """{"name":"writer","a":1}""", Cancel);
        Time.Advance(TimeSpan.FromMinutes(1));
        var second = await Skills.SaveAsync(Org, "writer", "d2", """{"name":"writer","a":2}""", Cancel);

        Assert.Equal(1, first.Version);
        Assert.Equal(2, second.Version);
        Assert.Equal(first.CreatedAt + TimeSpan.FromMinutes(1), second.CreatedAt);
        Assert.Equal(second, await Skills.FindAsync(Org, "writer", Cancel));
        Assert.Equal(first, await Skills.FindVersionAsync(Org, "writer", 1, Cancel));
    }

    [Fact]
    public async Task Saving_the_newest_definition_again_changes_nothing()
    {
        var first = await Skills.SaveAsync(Org, "writer", "d1", "{}", Cancel);
        Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(first, await Skills.SaveAsync(Org, "writer", "d1", "{}", Cancel));
    }

    [Fact]
    public async Task Saving_an_older_definition_again_makes_a_further_version()
    {
        await Skills.SaveAsync(Org, "writer", "d1", "{}", Cancel);
        await Skills.SaveAsync(Org, "writer", "d2", "{}", Cancel);

        Assert.Equal(3, (await Skills.SaveAsync(Org, "writer", "d1", "{}", Cancel)).Version);
    }

    [Fact]
    public async Task A_deleted_skill_is_gone_but_its_versions_stay()
    {
        var version = await Skills.SaveAsync(Org, "writer", "d1", "{}", Cancel);

        Assert.True(await Skills.DeleteAsync(Org, "writer", Cancel));
        Assert.False(await Skills.DeleteAsync(Org, "writer", Cancel));

        Assert.Null(await Skills.FindAsync(Org, "writer", Cancel));
        Assert.Empty(await Skills.ListAsync(Org, Cancel));
        Assert.Equal(version, await Skills.FindVersionAsync(Org, "writer", 1, Cancel));
    }

    [Fact]
    public async Task A_deleted_skill_comes_back_when_it_is_saved_again()
    {
        var version = await Skills.SaveAsync(Org, "writer", "d1", "{}", Cancel);
        await Skills.DeleteAsync(Org, "writer", Cancel);

        Assert.Equal(version, await Skills.SaveAsync(Org, "writer", "d1", "{}", Cancel));
        Assert.Equal(version, await Skills.FindAsync(Org, "writer", Cancel));
    }

    [Fact]
    public async Task The_list_has_the_newest_version_of_every_skill_by_name()
    {
        await Skills.SaveAsync(Org, "writer", "d1", "{}", Cancel);
        var writer = await Skills.SaveAsync(Org, "writer", "d2", "{}", Cancel);
        var editor = await Skills.SaveAsync(Org, "editor", "d1", "{}", Cancel);
        await Skills.SaveAsync("other", "stranger", "d1", "{}", Cancel);

        Assert.Equal([editor, writer], await Skills.ListAsync(Org, Cancel));
    }

    [Fact]
    public async Task Names_are_the_same_without_regard_to_case()
    {
        await Skills.SaveAsync(Org, "Writer", "d1", "{}", Cancel);
        var second = await Skills.SaveAsync(Org, "writer", "d2", "{}", Cancel);

        Assert.Equal((2, "Writer"), (second.Version, second.Name));
        Assert.Equal(2, (await Skills.FindAsync(Org, "WRITER", Cancel))!.Version);
        Assert.Single(await Skills.ListAsync(Org, Cancel));
    }

    [Fact]
    public async Task Versions_saved_at_one_instant_are_all_kept()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Skills.SaveAsync(Org, "writer", $"d{i}", $$"""{"i":{{i}}}""", Cancel)));

        var kept = await Task.WhenAll(Enumerable.Range(1, 20).Select(r => Skills.FindVersionAsync(Org, "writer", r, Cancel)));

        Assert.Equal(20, kept.Select(skill => skill!.Digest).Distinct().Count());
    }
}

public sealed class SqliteSkillStoreTests() : SkillStoreTests(new SqliteFixture());

public sealed class PostgresSkillStoreTests() : SkillStoreTests(new PostgresFixture());
