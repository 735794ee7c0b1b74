using AgentOrchestrator.Coordinator.Documents;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.StoreTests.Documents;

public abstract class RelationStoreTests(StoreFixture fixture) : StoreTest(fixture)
{
    static readonly RelationDefinition s_parent = RelationDefinition.Require("parent-child");
    static readonly RelationDefinition s_related = RelationDefinition.Require("related");
    static readonly RelationDefinition s_next = RelationDefinition.Require("predecessor-successor");

    [Fact]
    public async Task Each_of_two_documents_sees_what_the_other_is()
    {
        await AddAsync("a", "b");

        var (from, to) = await Fixture.Stores.Relations.RelateAsync(new NewRelation(Org, s_parent, "a", "b", "down", null), Cancel);
        await RelateAsync(s_next, "b", "a");
        await Fixture.RestartAsync();

        Assert.Equal(("a", "b", "child", "down"), (from.DocumentId, from.RelatedDocumentId, from.Type, from.Note));
        Assert.Equal(("b", "a", "parent", null), (to.DocumentId, to.RelatedDocumentId, to.Type, to.Note));
        Assert.Equal(["a child b", "a predecessor b"], await ListAsync("a"));
        Assert.Equal(["a child b", "a predecessor b", "b parent a", "b successor a"], await ListAsync("a", "b"));
        Assert.Empty(await Fixture.Stores.Relations.ListAsync("other", ["a"], Cancel));
    }

    [Fact]
    public async Task What_would_lead_back_to_where_it_began_is_refused()
    {
        await AddAsync("a", "b", "c");
        await RelateAsync(s_parent, "a", "b");
        await RelateAsync(s_parent, "b", "c");
        await RelateAsync(s_related, "a", "b");

        foreach (var (definition, from, to) in new[] { (s_parent, "c", "a"), (s_parent, "b", "a"), (s_parent, "a", "b"), (s_related, "b", "a") })
        {
            await RefusedAsync(ErrorCode.Conflict, () => RelateAsync(definition, from, to));
        }

        await RelateAsync(s_parent, "a", "c");
        await RelateAsync(s_next, "c", "a");
        await RefusedAsync(ErrorCode.NotFound, () => RelateAsync(s_parent, "a", "none"));
        await RefusedAsync(ErrorCode.NotFound, () => Fixture.Stores.Relations.RelateAsync(new NewRelation("other", s_parent, "a", "b", null, null), Cancel));
    }

    [Fact]
    public async Task Two_that_would_make_a_circle_together_do_not()
    {
        for (var round = 0; round < 5; round++)
        {
            var (a, b) = ($"a{round}", $"b{round}");
            await AddAsync(a, b);

            var outcomes = await Task.WhenAll(TryAsync(a, b), TryAsync(b, a));

            Assert.Single(outcomes, related => related);
        }

        async Task<bool> TryAsync(string from, string to)
        {
            try
            {
                await RelateAsync(s_parent, from, to);
                return true;
            }
            catch (ProductException circle) when (circle.Code is ErrorCode.Conflict)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task A_note_is_replaced_and_a_relation_removed_with_its_other_row()
    {
        await AddAsync("a", "b");
        var (from, to) = await Fixture.Stores.Relations.RelateAsync(new NewRelation(Org, s_parent, "a", "b", null, null), Cancel);
        await RelateAsync(s_next, "a", "b");
        Time.Advance(TimeSpan.FromMinutes(1));

        var noted = await Fixture.Stores.Relations.NoteAsync(Org, to.RelationId, "up", Cancel);

        Assert.Equal(("up", TimeSpan.FromMinutes(1)), (noted!.Note, noted.UpdatedAt - noted.CreatedAt));
        Assert.Null(await Fixture.Stores.Relations.NoteAsync("other", to.RelationId, "x", Cancel));
        Assert.Empty(await Fixture.Stores.Relations.UnrelateAsync("other", to.RelationId, Cancel));
        Assert.Equal([from.RelationId, to.RelationId], await Fixture.Stores.Relations.UnrelateAsync(Org, to.RelationId, Cancel));
        Assert.Equal(["a successor b"], await ListAsync("a"));
        Assert.Empty(await Fixture.Stores.Relations.UnrelateAsync(Org, to.RelationId, Cancel));
    }

    [Fact]
    public async Task A_parent_takes_its_children_along_and_leaves_no_relation()
    {
        await AddAsync("root", "child", "grandchild", "both", "friend");
        await RelateAsync(s_parent, "root", "child");
        await RelateAsync(s_parent, "child", "grandchild");
        await RelateAsync(s_parent, "root", "both");
        await RelateAsync(s_parent, "grandchild", "both");
        await RelateAsync(s_related, "friend", "child");

        Assert.Equal(["both", "grandchild", "child", "root"], await Documents.DeleteAsync(Org, "root", Cancel));

        Assert.Empty(await ListAsync("friend"));
        Assert.NotNull(await Documents.FindAsync(Org, "friend", Cancel));
        Assert.Null(await Documents.FindAsync(Org, "both", Cancel));
    }

    async Task AddAsync(params string[] ids)
    {
        foreach (var id in ids)
        {
            await Documents.AddAsync(
                new NewDocument(Org, id, id, "text/plain", [], new Dictionary<string, string>(), null, "test"), new DocumentBounds(1 << 20, 3), Cancel);
        }
    }

    Task<(Relation From, Relation To)> RelateAsync(RelationDefinition definition, string from, string to) =>
        Fixture.Stores.Relations.RelateAsync(new NewRelation(Org, definition, from, to, null, null), Cancel);

    async Task<IEnumerable<string>> ListAsync(params string[] ids) => (await Fixture.Stores.Relations.ListAsync(Org, ids, Cancel))
        .Select(relation => $"{relation.DocumentId} {relation.Type} {relation.RelatedDocumentId}").Order(StringComparer.Ordinal);
}

public sealed class SqliteRelationStoreTests() : RelationStoreTests(new SqliteFixture());

public sealed class PostgresRelationStoreTests() : RelationStoreTests(new PostgresFixture());
