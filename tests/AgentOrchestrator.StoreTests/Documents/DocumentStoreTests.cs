using System.Text;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Documents;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.StoreTests.Documents;

public abstract class DocumentStoreTests(StoreFixture fixture) : StoreTest(fixture)
{
    static readonly DocumentBounds s_bounds = new(1 << 20, 3);
    static readonly Dictionary<string, string> s_nothing = [];

    [Fact]
    public async Task A_document_and_its_content_come_back_as_they_were()
    {
        var content = await StageAsync("one\r\ntwo\n");
        var added = await Documents.AddAsync(
            New("doc_1") with { Filename = "Größe/b.md", Tags = ["b", "a"], Metadata = new Dictionary<string, string> { ["'; --"] = "" }, Content = content }, s_bounds, Cancel);

        await Fixture.RestartAsync();

        var found = (await Documents.FindAsync(Org, "doc_1", Cancel))!;
        Assert.Equal(("Größe/b.md", "text/markdown", 1, content), (found.Filename, found.ContentType, found.Version, found.Content));
        Assert.Equal((Time.GetUtcNow(), Time.GetUtcNow()), (found.CreatedAt, found.UpdatedAt));
        Assert.Equal(["a", "b"], found.Tags);
        Assert.Equal([KeyValuePair.Create("'; --", "")], found.Metadata);
        Assert.Equal("one\r\ntwo\n", await ReadAsync(added));
        Assert.Null(await Documents.FindAsync("other", "doc_1", Cancel));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(262_143)]
    [InlineData(262_144)]
    [InlineData(262_145)]
    [InlineData(900_000)]
    public async Task Content_of_any_length_is_read_from_any_place(int length)
    {
        var bytes = Enumerable.Range(0, length).Select(i => (byte)(i * 31 / 7)).ToArray();
        var content = await StageAsync(bytes);

        await using var stream = await Contents.OpenAsync(content, Cancel);

        Assert.Equal((length, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))), (stream.Length, content.Checksum));
        foreach (var from in (int[])[0, length / 2, Math.Max(0, length - 1), length])
        {
            stream.Seek(from, SeekOrigin.Begin);
            var rest = new MemoryStream();
            await stream.CopyToAsync(rest, Cancel);
            Assert.True(bytes.AsSpan(from).SequenceEqual(rest.ToArray()), $"from {from}");
        }
    }

    [Fact]
    public async Task A_document_without_content_gets_it_later()
    {
        var made = await Documents.AddAsync(New("doc_1") with { Filename = "x", ContentType = ContentTypes.Unknown }, s_bounds, Cancel);
        Assert.Equal((null, 0, StoredContent.ChecksumOfNothing), (made.Content, made.Version, made.Checksum));
        Time.Advance(TimeSpan.FromMinutes(1));

        var written = await WriteAsync("doc_1", "text", [made.Checksum]);

        Assert.Equal((1, ContentTypes.Text, TimeSpan.FromMinutes(1)), (written!.Version, written.ContentType, written.UpdatedAt - written.CreatedAt));
        Assert.Equal("text", await ReadAsync(written));
    }

    [Fact]
    public async Task Of_two_who_read_the_same_the_second_to_write_is_refused()
    {
        var read = await AddAsync("doc_1", "one");
        await WriteAsync("doc_1", "two", [read.Checksum]);

        var refusal = await RefusedAsync(ErrorCode.Changed, () => WriteAsync("doc_1", "three", [read.Checksum]));

        Assert.Contains((await Documents.FindAsync(Org, "doc_1", Cancel))!.Checksum, refusal.Message, StringComparison.Ordinal);
        Assert.Equal("two", await ReadAsync((await Documents.FindAsync(Org, "doc_1", Cancel))!));
        Assert.Null(await WriteAsync("doc_2", "x"));
        Assert.Equal(3, (await WriteAsync("doc_1", "four"))!.Version);
    }

    [Fact]
    public async Task Only_the_newest_versions_are_kept_and_counted()
    {
        await AddAsync("doc_1", "1");
        foreach (var text in (string[])["22", "333", "4444", "55555"]) { await WriteAsync("doc_1", text); }

        Assert.Equal(3 + 4 + 5, await Documents.MeasureAsync(Org, Cancel));
        Assert.Equal(["doc_1"], await Documents.DeleteAsync(Org, "doc_1", Cancel));
        Assert.Equal(0, await Documents.MeasureAsync(Org, Cancel));
        Assert.Empty(await Documents.DeleteAsync(Org, "doc_1", Cancel));
        Assert.Null(await Documents.FindAsync(Org, "doc_1", Cancel));
    }

    [Fact]
    public async Task A_version_that_is_brought_back_is_a_new_one_and_takes_no_space()
    {
        var first = await AddAsync("doc_1", "first");
        await WriteAsync("doc_1", "second");
        var third = (await WriteAsync("doc_1", "third"))!;

        await RefusedAsync(ErrorCode.Changed, () => Documents.RestoreAsync(Org, "doc_1", 1, [first.Checksum], "ann", s_bounds, Cancel));
        var restored = (await Documents.RestoreAsync(Org, "doc_1", 1, [third.Checksum], "ann", s_bounds, Cancel))!;

        Assert.Equal((4, first.Content), (restored.Version, restored.Content));
        Assert.Equal(["4 ann", "3 test", "2 test"], (await Documents.ListVersionsAsync(Org, "doc_1", Cancel)).Select(kept => $"{kept.Version} {kept.WrittenBy}"));
        Assert.Equal(5 + 6 + 5, await Documents.MeasureAsync(Org, Cancel));
        Assert.Equal("first", await ReadAsync(restored));
        Assert.Null(await Documents.RestoreAsync(Org, "doc_1", 1, null, "ann", s_bounds, Cancel));
        Assert.Null(await Documents.RestoreAsync("other", "doc_1", 4, null, "ann", s_bounds, Cancel));
        await Documents.DeleteAsync(Org, "doc_1", Cancel);
        Assert.Equal(0, await Documents.MeasureAsync(Org, Cancel));
    }

    [Fact]
    public async Task What_would_pass_the_quota_is_refused_and_leaves_no_trace()
    {
        var bounds = new DocumentBounds(10, 3);
        await Documents.AddAsync(New("doc_1") with { Content = await StageAsync("123456") }, bounds, Cancel);

        await RefusedAsync(ErrorCode.StorageFull, async () => await Documents.AddAsync(New("doc_2") with { Content = await StageAsync("12345") }, bounds, Cancel));
        await RefusedAsync(ErrorCode.StorageFull, async () => await Documents.WriteAsync(Org, "doc_1", new NewContent(await StageAsync("12345"), null, null, "me"), bounds, Cancel));

        Assert.Equal(6, await Documents.MeasureAsync(Org, Cancel));
        Assert.Equal(["doc_1"], await ListAsync());
        Assert.Equal("123456", await ReadAsync((await Documents.FindAsync(Org, "doc_1", Cancel))!));
        await Documents.AddAsync(New("doc_3") with { Org = "other", Content = await StageAsync("1234567890") }, bounds, Cancel);
    }

    [Fact]
    public async Task A_list_has_those_with_all_tags_and_a_part_of_the_name_as_it_stands()
    {
        foreach (var (id, name, tags) in new (string, string, string[])[]
        {
            ("doc_1", "100%.md", ["a", "b"]), ("doc_2", "100x.md", ["a"]), ("doc_3", "A_B.txt", ["b", "c"]), ("doc_4", "axb.txt", []),
        })
        {
            await Documents.AddAsync(New(id) with { Filename = name, Tags = tags }, s_bounds, Cancel);
        }

        await Documents.AddAsync(New("doc_5") with { Org = "other", Tags = ["a", "b"] }, s_bounds, Cancel);

        Assert.Equal(["doc_1"], await ListAsync(null, "a", "b"));
        Assert.Equal(["doc_2", "doc_1"], await ListAsync(null, "a"));
        Assert.Empty(await ListAsync(null, "a", "c"));
        Assert.Empty(await ListAsync(null, "A"));
        Assert.Equal(["doc_1"], await ListAsync("%"));
        Assert.Equal(["doc_3"], await ListAsync("a_b"));
        Assert.Equal(["doc_1"], await ListAsync("MD", "b"));
        Assert.Equal([new TagCount("a", 2), new TagCount("b", 2), new TagCount("c", 1)], await Documents.ListTagsAsync(Org, Cancel));
    }

    [Fact]
    public async Task A_list_is_newest_first_and_goes_on_behind_a_page()
    {
        foreach (var id in (string[])["doc_b", "doc_a", "doc_c"]) { await Documents.AddAsync(New(id) with { Tags = ["t", "u"] }, s_bounds, Cancel); }
        Time.Advance(TimeSpan.FromSeconds(1));
        await Documents.AddAsync(New("doc_d") with { Tags = ["t", "u"] }, s_bounds, Cancel);

        foreach (var filter in (DocumentFilter[])[new(null, []), new(null, ["u", "t"])])
        {
            var first = await Documents.ListAsync(Org, filter, null, 0, 2, Cancel);
            var rest = await Documents.ListAsync(Org, filter, new PageKey(first[^1].CreatedAt, first[^1].DocumentId), 0, 9, Cancel);
            Assert.Equal(["doc_d", "doc_c", "doc_b", "doc_a"], first.Concat(rest).Select(document => document.DocumentId));
            Assert.Equal(["doc_b", "doc_a"], (await Documents.ListAsync(Org, filter, null, 2, 9, Cancel)).Select(document => document.DocumentId));
        }
    }

    [Fact]
    public async Task Name_tags_and_metadata_are_replaced_where_they_are_given()
    {
        await Documents.AddAsync(New("doc_1") with { Filename = "Old.md", Tags = ["a"], Metadata = new Dictionary<string, string> { ["k"] = "v" } }, s_bounds, Cancel);

        var tagged = await Documents.EditAsync(Org, "doc_1", new DocumentEdit(null, ["c", "b"], null), Cancel);
        var renamed = await Documents.EditAsync(Org, "doc_1", new DocumentEdit("New.md", null, s_nothing), Cancel);

        Assert.Equal(("b,c", "Old.md", 1), (string.Join(',', tagged!.Tags), tagged.Filename, tagged.Metadata.Count));
        Assert.Equal(("b,c", "New.md", 0), (string.Join(',', renamed!.Tags), renamed.Filename, renamed.Metadata.Count));
        Assert.Empty(await ListAsync(null, "a"));
        Assert.Equal(["doc_1"], await ListAsync("new", "c"));
        Assert.Null(await Documents.EditAsync("other", "doc_1", new DocumentEdit("x", null, null), Cancel));
    }

    [Fact]
    public async Task A_deleted_document_leaves_no_tags_and_no_content()
    {
        var content = await StageAsync("x");
        await Documents.AddAsync(New("doc_1") with { Tags = ["a"], Content = content }, s_bounds, Cancel);

        await Documents.DeleteAsync(Org, "doc_1", Cancel);

        Assert.Empty(await Documents.ListTagsAsync(Org, Cancel));
        await RefusedAsync(ErrorCode.Unavailable, () => ReadAsync(content));
    }

    [Fact]
    public async Task Content_that_a_document_names_is_not_dropped()
    {
        var kept = await AddAsync("doc_1", "kept");
        var left = await StageAsync("left");

        await Contents.DropAsync(kept.Content!.ContentId, Cancel);
        await Contents.DropAsync(left.ContentId, Cancel);

        Assert.Equal("kept", await ReadAsync(kept));
        await RefusedAsync(ErrorCode.Unavailable, () => ReadAsync(left));
    }

    [Fact]
    public async Task Content_that_never_became_a_documents_is_swept()
    {
        var kept = await AddAsync("doc_1", "kept");
        var left = await StageAsync("left");
        Time.Advance(TimeSpan.FromMinutes(90));
        var young = await StageAsync("young");

        // One of the two takes them at its next start, the other by and by: a crash of one of its nodes is no start of the others.
        var swept = await Contents.SweepAsync(TimeSpan.FromHours(1), 10, Cancel);
        await Fixture.RestartAsync();

        Assert.Equal(Fixture is PostgresFixture ? 1 : 0, swept);
        Assert.Equal("kept", await ReadAsync(kept));
        await RefusedAsync(ErrorCode.Unavailable, () => ReadAsync(left));
        if (Fixture is PostgresFixture) { Assert.Equal("young", await ReadAsync(young)); }
    }

    [Fact]
    public async Task Content_that_is_cut_short_or_too_long_leaves_nothing()
    {
        using var long_ = new IncomingContent(new MemoryStream(new byte[600_000]), 500_000, () => DocumentErrors.TooLarge(500_000));

        await RefusedAsync(ErrorCode.TooLarge, () => Contents.WriteAsync(long_, Cancel));

        Assert.Equal(0, await Contents.SweepAsync(TimeSpan.FromDays(-1), 10, Cancel));
    }

    static NewDocument New(string id) => new(Org, id, id + ".md", "text/markdown", [], s_nothing, null, "test");

    async Task<Document> AddAsync(string id, string text) => await Documents.AddAsync(New(id) with { Content = await StageAsync(text) }, s_bounds, Cancel);

    async Task<Document?> WriteAsync(string id, string text, string[]? ifChecksum = null) =>
        await Documents.WriteAsync(Org, id, new NewContent(await StageAsync(text), ContentTypes.Text, ifChecksum, "test"), s_bounds, Cancel);

    Task<StoredContent> StageAsync(string text) => StageAsync(Encoding.UTF8.GetBytes(text));

    async Task<StoredContent> StageAsync(byte[] bytes)
    {
        using var incoming = new IncomingContent(new MemoryStream(bytes), long.MaxValue, () => DocumentErrors.TooLarge(0));
        var id = await Contents.WriteAsync(incoming, Cancel);
        return new StoredContent(id, incoming.Length, incoming.Checksum, incoming.IsText);
    }

    async Task<string> ReadAsync(Document document) => await ReadAsync(document.Content!);

    async Task<string> ReadAsync(StoredContent content)
    {
        await using var stream = await Contents.OpenAsync(content, Cancel);
        var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, Cancel);
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    async Task<IEnumerable<string>> ListAsync(string? filename = null, params string[] tags) =>
        (await Documents.ListAsync(Org, new DocumentFilter(filename, tags), null, 0, 100, Cancel)).Select(document => document.DocumentId);
}

public sealed class SqliteDocumentStoreTests() : DocumentStoreTests(new SqliteFixture());

public sealed class PostgresDocumentStoreTests() : DocumentStoreTests(new PostgresFixture());
