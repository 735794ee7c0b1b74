using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Memory;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.StoreTests.Memory;

public abstract class MemoryStoreTests(StoreFixture fixture) : StoreTest(fixture)
{
    const int Many = 100;
    const string Model = "embed-1";

    static readonly MemoryScope s_ann = new(UserId: "ann");
    static readonly Dictionary<string, string> s_nothing = [];

    [Fact]
    public async Task A_memory_comes_back_as_it_was_stored()
    {
        var scope = new MemoryScope("Helper", "user 1", "ses_1");
        var stored = await Memories.AddAsync(
            New("mem_1", "Naïve 🎂 text\nwith a second line", scope) with { Metadata = new Dictionary<string, string> { ["a"] = "x", ["'; --"] = "" }, Collection = "notes" },
            Many, Cancel);

        await Fixture.RestartAsync();

        var found = await Memories.FindAsync(Org, "mem_1", Cancel);
        Assert.Equal((stored.Text, scope, "notes", Time.GetUtcNow(), Time.GetUtcNow()), (found!.Text, found.Scope, found.Collection, found.CreatedAt, found.UpdatedAt));
        Assert.Equal([("'; --", ""), ("a", "x")], found.Metadata.Select(pair => (pair.Key, pair.Value)).Order());
        Assert.Null(await Memories.FindAsync("other", "mem_1", Cancel));
    }

    [Fact]
    public async Task An_id_that_is_there_keeps_its_memory()
    {
        await AddAsync("mem_1", "first");

        Assert.Equal("first", (await Memories.AddAsync(New("mem_1", "second", s_ann), Many, Cancel)).Text);
        Assert.Empty(await SearchAsync("second", s_ann));
    }

    [Fact]
    public async Task A_search_sees_the_org_and_just_the_scopes_that_it_names()
    {
        MemoryScope both = new("helper", "ann"), helper = new("helper"), session = new(SessionId: "ses_1");
        foreach (var (id, scope) in new (string, MemoryScope)[]
        {
            ("everybody", MemoryScope.Org), ("ann", s_ann), ("ben", new(UserId: "ben")), ("helper", helper), ("helper-ann", both), ("session", session),
        })
        {
            await AddAsync(id, "blue whale", scope);
        }

        await Memories.AddAsync(New("stranger", "blue whale", MemoryScope.Org) with { Org = "other" }, Many, Cancel);

        Assert.Equal(["everybody"], await SearchAsync("whale", MemoryScope.Org));
        Assert.Equal(["ann", "everybody"], await SearchAsync("whale", s_ann));
        Assert.Equal(["ann", "everybody", "helper", "helper-ann"], await SearchAsync("whale", new MemoryScope("HELPER", "ann")));
        Assert.Equal(["everybody", "helper"], await SearchAsync("whale", new MemoryScope("helper", "ANN")));
        Assert.Equal(["everybody", "session"], await SearchAsync("whale", session));
    }

    [Theory]
    [InlineData("the WHALE sings", true)]
    [InlineData("Wha", false)]
    [InlineData("whales", false)]
    [InlineData("42", true)]
    [InlineData("größe", true)]
    [InlineData("鯨", true)]
    [InlineData("🐋", true)]
    [InlineData("words", false)]
    [InlineData("scope", false)]
    public async Task Texts_are_found_by_whole_words_in_any_case(string query, bool isFound)
    {
        await AddAsync("mem_1", "A whale of 42 m, GRÖSSE: Größe! 青い鯨 🐋");

        Assert.Equal(isFound ? ["mem_1"] : [], await SearchAsync(query, s_ann));
    }

    [Theory]
    [InlineData("\" OR scope:*")]
    [InlineData("NEAR(a b, 1) AND NOT c ^d e* -f {words} : g + h")]
    [InlineData("a' | b' & !c <-> d:* \\ ''")]
    [InlineData("'); DROP TABLE memories; --")]
    [InlineData("%_[]?*")]
    [InlineData("\ud800 lone \udfff halves")]
    [InlineData("nul\0byte")]
    [InlineData("\u001a0000 \u202e \ufeff \u0301")]
    public async Task Words_of_any_text_are_words_and_nothing_else(string text)
    {
        await AddAsync("mem_1", "nothing of that");
        await Memories.AddAsync(New("mem_2", "it is here", s_ann) with { Words = ["it", .. MemoryWords.Of(text)] }, Many, Cancel);

        Assert.Equal(["mem_2"], await SearchAsync("it " + text, s_ann));
    }

    [Fact]
    public async Task A_search_keeps_to_its_collection_and_metadata()
    {
        await Memories.AddAsync(New("mem_1", "blue", s_ann) with { Collection = "a", Metadata = new Dictionary<string, string> { ["kind"] = "fact", ["by"] = "me" } }, Many, Cancel);
        await Memories.AddAsync(New("mem_2", "blue", s_ann) with { Collection = "b", Metadata = new Dictionary<string, string> { ["kind"] = "FACT" } }, Many, Cancel);

        Assert.Equal(["mem_1", "mem_2"], await SearchAsync("blue", s_ann));
        Assert.Equal(["mem_2"], await SearchAsync("blue", s_ann, collection: "b"));
        Assert.Equal(["mem_1"], await SearchAsync("blue", s_ann, asked: new() { ["kind"] = "fact" }));
        Assert.Empty(await SearchAsync("blue", s_ann, asked: new() { ["kind"] = "fact", ["$.by"] = "me" }));
    }

    [Fact]
    public async Task A_new_text_is_found_by_its_words_and_not_by_those_of_the_old_one()
    {
        await AddAsync("mem_1", "blue whale");
        Time.Advance(TimeSpan.FromMinutes(1));

        var written = await Memories.UpdateAsync(Org, "mem_1", "red fox", MemoryWords.Of("red fox"), null, Cancel);

        Assert.Equal(("red fox", TimeSpan.FromMinutes(1)), (written!.Text, written.UpdatedAt - written.CreatedAt));
        Assert.Empty(await SearchAsync("whale", s_ann));
        Assert.Equal(["mem_1"], await SearchAsync("fox", s_ann));
        Assert.Null(await Memories.UpdateAsync(Org, "mem_2", "x", ["x"], null, Cancel));
        Assert.Null(await Memories.UpdateAsync("other", "mem_1", "x", ["x"], null, Cancel));
    }

    [Fact]
    public async Task What_is_deleted_is_found_no_more()
    {
        await AddAsync("mem_1", "blue");

        Assert.False(await Memories.DeleteAsync("other", "mem_1", Cancel));
        Assert.True(await Memories.DeleteAsync(Org, "mem_1", Cancel));
        Assert.False(await Memories.DeleteAsync(Org, "mem_1", Cancel));
        Assert.Empty(await SearchAsync("blue", s_ann));
        await AddAsync("mem_2", "red");
        Assert.Empty(await SearchAsync("blue", s_ann));
    }

    [Fact]
    public async Task A_scope_keeps_so_many_and_refuses_one_more()
    {
        await Memories.AddAsync(New("mem_1", "one", s_ann), 2, Cancel);
        await Memories.AddAsync(New("mem_2", "two", s_ann), 2, Cancel);

        var refusal = await RefusedAsync(ErrorCode.LimitExceeded, () => Memories.AddAsync(New("mem_3", "three", s_ann), 2, Cancel));

        Assert.Equal("memory_limit", refusal.Reason);
        await Memories.AddAsync(New("mem_1", "one", s_ann), 2, Cancel);
        await Memories.AddAsync(New("mem_3", "three", new MemoryScope(UserId: "ben")), 2, Cancel);
        Assert.Equal(2, await Memories.CountAsync([s_ann.KeyIn(Org)], Many, Cancel));
    }

    [Fact]
    public async Task Clearing_takes_those_of_which_every_given_member_is_the_same()
    {
        await AddAsync("mem_1", "x", new MemoryScope("helper", "ann"));
        await AddAsync("mem_2", "x", new MemoryScope("helper", "ben"));
        await AddAsync("mem_3", "x", s_ann);
        await Memories.AddAsync(New("mem_4", "x", s_ann) with { Collection = "notes" }, Many, Cancel);

        Assert.Equal(1, await Memories.ClearAsync(Org, new MemoryFilter("HELPER", "ben"), Many, Cancel));
        Assert.Equal(0, await Memories.ClearAsync("other", new MemoryFilter(), Many, Cancel));
        Assert.Equal(1, await Memories.ClearAsync(Org, new MemoryFilter(UserId: "ann", Collection: "notes"), Many, Cancel));
        Assert.Equal(1, await Memories.ClearAsync(Org, new MemoryFilter(), 1, Cancel));
        Assert.Equal(1, await Memories.ClearAsync(Org, new MemoryFilter(), Many, Cancel));
        Assert.Empty(await SearchAsync("x", new MemoryScope("helper", "ann")));
    }

    [Fact]
    public async Task A_list_is_newest_first_and_goes_on_behind_a_page()
    {
        foreach (var id in (string[])["mem_b", "mem_a", "mem_c"]) { await AddAsync(id, "x"); }
        Time.Advance(TimeSpan.FromSeconds(1));
        await AddAsync("mem_d", "x", new MemoryScope("helper"));

        var first = await Memories.ListAsync(Org, new MemoryFilter(), null, 2, Cancel);
        var rest = await Memories.ListAsync(Org, new MemoryFilter(), new PageKey(first[^1].CreatedAt, first[^1].MemoryId), 9, Cancel);

        Assert.Equal(["mem_d", "mem_c", "mem_b", "mem_a"], first.Concat(rest).Select(memory => memory.MemoryId));
        Assert.Equal(["mem_d"], (await Memories.ListAsync(Org, new MemoryFilter(AgentId: "Helper"), null, 9, Cancel)).Select(memory => memory.MemoryId));
        Assert.Empty(await Memories.ListAsync("other", new MemoryFilter(), null, 9, Cancel));
    }

    [Fact]
    public async Task Memories_that_were_not_written_for_so_long_are_forgotten()
    {
        foreach (var id in (string[])["mem_1", "mem_2", "mem_3"]) { await AddAsync(id, "x"); }
        Time.Advance(TimeSpan.FromDays(2));
        await Memories.UpdateAsync(Org, "mem_2", "y", ["y"], null, Cancel);

        Assert.Equal(1, await Memories.ForgetAsync(TimeSpan.FromDays(1), 1, Cancel));
        Assert.Equal(1, await Memories.ForgetAsync(TimeSpan.FromDays(1), Many, Cancel));
        Assert.Equal(0, await Memories.ForgetAsync(TimeSpan.FromDays(1), Many, Cancel));
        Assert.Equal(["mem_2"], (await Memories.ListAsync(Org, new MemoryFilter(), null, 9, Cancel)).Select(memory => memory.MemoryId));
    }

    [Fact]
    public async Task A_session_that_is_deleted_takes_its_memories_along()
    {
        await Sessions.CreateAsync(new NewSession { Org = Org, SessionId = "ses_1", Name = "one" }, null, Cancel);
        await AddAsync("mem_1", "blue", new MemoryScope(SessionId: "ses_1"));
        await AddAsync("mem_2", "blue", new MemoryScope("helper", SessionId: "ses_1"));
        await AddAsync("mem_3", "blue", new MemoryScope(SessionId: "ses_2"));

        await Sessions.DeleteAsync(Org, "one", Cancel);

        Assert.Equal(["mem_3"], (await Memories.ListAsync(Org, new MemoryFilter(), null, 9, Cancel)).Select(memory => memory.MemoryId));
        Assert.Empty(await SearchAsync("blue", new MemoryScope("helper", SessionId: "ses_1")));
    }

    [Fact]
    public async Task The_nearest_vectors_come_first_and_only_of_the_model_that_is_asked()
    {
        foreach (var (id, vector) in new (string, float[])[] { ("east", [1, 0]), ("north", [0, 3]), ("north-east", [1, 1]), ("west", [-2, 0]) })
        {
            await SetAsync(await AddAsync(id, id), Model, vector);
        }

        await SetAsync(await AddAsync("other-model", "x"), "embed-2", [1, 0]);
        await SetAsync(await AddAsync("three", "x"), Model, [1, 0, 0]);
        await SetAsync(await AddAsync("nothing", "x"), Model, []);
        await SetAsync(await AddAsync("ben", "x", new MemoryScope(UserId: "ben")), Model, [1, 0]);

        var found = await NearAsync([2, 0], scan: Many, limit: 3);

        Assert.Equal(["east", "north-east", "north"], found.Select(near => near.Memory.MemoryId));
        Assert.Equal([0, 0.29, 1], found.Select(near => Math.Round(near.Distance, 2)));
    }

    [Fact]
    public async Task Of_vectors_only_the_newest_are_compared_and_of_equals_the_newest_are_kept()
    {
        foreach (var id in (string[])["mem_1", "mem_2", "mem_3"])
        {
            await SetAsync(await AddAsync(id, "x"), Model, [1, 0]);
            Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(["mem_3", "mem_2"], (await NearAsync([1, 0], scan: Many, limit: 2)).Select(near => near.Memory.MemoryId));
        Assert.Equal(["mem_3"], (await NearAsync([1, 0], scan: 1, limit: 2)).Select(near => near.Memory.MemoryId));
    }

    [Fact]
    public async Task A_vector_is_asked_for_once_and_again_after_a_new_text_or_another_model()
    {
        var seen = await AddAsync("mem_1", "x");
        Assert.Equal(["mem_1"], await WithoutVectorAsync());

        await SetAsync(seen, Model, []);
        Assert.Empty(await WithoutVectorAsync());

        await Memories.UpdateAsync(Org, "mem_1", "y", ["y"], null, Cancel);
        await SetAsync(seen, Model, [1, 0]);
        Assert.Equal(["mem_1"], await WithoutVectorAsync());

        await SetAsync((await Memories.FindAsync(Org, "mem_1", Cancel))!, Model, [1, 0]);
        Assert.Equal(0, await Memories.DropVectorsAsync(Model, Many, Cancel));
        Assert.Equal(1, await Memories.DropVectorsAsync("embed-2", Many, Cancel));
        Assert.Equal(["mem_1"], await WithoutVectorAsync());
    }

    static NewMemory New(string id, string text, MemoryScope scope) =>
        new(Org, id, scope, "default", text, MemoryWords.Of(text), s_nothing);

    Task<StoredMemory> AddAsync(string id, string text, MemoryScope? scope = null) => Memories.AddAsync(New(id, text, scope ?? s_ann), Many, Cancel);

    async Task<IEnumerable<string>> SearchAsync(string query, MemoryScope scope, string? collection = null, Dictionary<string, string>? asked = null) =>
        (await Memories.FindByWordsAsync(Field(scope, collection, asked), MemoryWords.Of(query), Many, Cancel)).Select(memory => memory.MemoryId).Order();

    Task SetAsync(StoredMemory memory, string model, float[] vector) => Memories.SetVectorAsync(memory, model, Vectors.Pack(vector), Cancel);

    Task<IReadOnlyList<NearMemory>> NearAsync(float[] vector, int scan, int limit) =>
        Memories.FindByVectorAsync(Field(s_ann, null, null), Model, Vectors.Pack(vector), scan, limit, Cancel);

    async Task<IEnumerable<string>> WithoutVectorAsync() => (await Memories.ListWithoutVectorAsync(Many, Cancel)).Select(memory => memory.MemoryId);

    static MemoryField Field(MemoryScope scope, string? collection, Dictionary<string, string>? asked) =>
        new([.. scope.Seen.Select(seen => seen.KeyIn(Org))], collection, asked ?? s_nothing);
}

public sealed class SqliteMemoryStoreTests() : MemoryStoreTests(new SqliteFixture());

public sealed class PostgresMemoryStoreTests() : MemoryStoreTests(new PostgresFixture());
