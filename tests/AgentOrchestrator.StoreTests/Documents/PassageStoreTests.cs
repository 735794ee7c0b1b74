using System.Text;
using AgentOrchestrator.Coordinator.Documents;
using AgentOrchestrator.Coordinator.Memory;

namespace AgentOrchestrator.StoreTests.Documents;

public abstract class PassageStoreTests(StoreFixture fixture) : StoreTest(fixture)
{
    static readonly DocumentBounds s_bounds = new(1 << 20, 3);

    IPassageStore Passages => Fixture.Stores.Passages;

    [Fact]
    public async Task A_document_is_indexed_once_a_version_and_found_by_its_present_words()
    {
        var first = await AddAsync("doc_1", "blue whale");
        await Documents.AddAsync(New("doc_2", null), s_bounds, Cancel);
        Assert.Equal(["doc_1"], (await Passages.ListUnindexedAsync(9, Cancel)).Select(document => document.DocumentId));
        Assert.Equal(new IndexState(1, 0, 0), await Passages.ReadStateAsync(Org, Cancel));

        await IndexAsync(first, "blue whale");
        Assert.Empty(await Passages.ListUnindexedAsync(9, Cancel));
        Assert.Equal(["doc_1 0-10"], await FindAsync("WHALE song"));
        Assert.Equal(new IndexState(0, 0, 1), await Passages.ReadStateAsync(Org, Cancel));

        var second = (await Documents.WriteAsync(Org, "doc_1", new NewContent(await StageAsync("red fox"), null, null, "test"), s_bounds, Cancel))!;
        await IndexAsync(first, "blue whale again");
        Assert.Equal(["doc_1"], (await Passages.ListUnindexedAsync(9, Cancel)).Select(document => document.DocumentId));
        await IndexAsync(second, "red fox");
        Assert.Empty(await FindAsync("whale"));
        Assert.Equal(["doc_1 0-7"], await FindAsync("fox"));
        Assert.Empty(await Passages.FindAsync("other", ["fox"], 9, Cancel));
    }

    [Fact]
    public async Task What_cannot_be_indexed_is_counted_until_it_can()
    {
        var document = await AddAsync("doc_1", "x");

        await Passages.IndexAsync(document, [], "no UTF-8", Cancel);
        Assert.Equal(new IndexState(0, 1, 0), await Passages.ReadStateAsync(Org, Cancel));

        await IndexAsync(document, "x");
        Assert.Equal(new IndexState(0, 0, 1), await Passages.ReadStateAsync(Org, Cancel));
    }

    [Fact]
    public async Task A_deleted_document_is_found_no_more()
    {
        await IndexAsync(await AddAsync("doc_1", "whale"), "whale");
        await Fixture.RestartAsync();
        Assert.Equal(["doc_1 0-5"], await FindAsync("whale"));

        await Documents.DeleteAsync(Org, "doc_1", Cancel);

        Assert.Empty(await FindAsync("whale"));
        Assert.Equal(new IndexState(0, 0, 0), await Passages.ReadStateAsync(Org, Cancel));
        await IndexAsync(await AddAsync("doc_2", "fox"), "fox");
        Assert.Empty(await FindAsync("whale"));
    }

    [Theory]
    [InlineData("\" OR words:*")]
    [InlineData("NEAR(a b, 1) AND NOT c ^d e* -f")]
    [InlineData("a' | b' & !c <-> d:* \\ ''")]
    [InlineData("\ud800 lone")]
    public async Task Words_of_any_text_are_words_and_nothing_else(string text)
    {
        await IndexAsync(await AddAsync("doc_1", "x"), "nothing of that");
        await IndexAsync(await AddAsync("doc_2", "x"), "it is here");

        Assert.Equal(["doc_2 0-10"], await FindAsync("it " + text));
    }

    Task IndexAsync(Document document, string text) =>
        Passages.IndexAsync(document, [.. Passage.CutAll(text).Select(passage => new NewPassage(passage, MemoryWords.Of(passage.Text)))], null, Cancel);

    async Task<IEnumerable<string>> FindAsync(string query) => (await Passages.FindAsync(Org, MemoryWords.Of(query), 9, Cancel))
        .Select(found => $"{found.DocumentId} {found.Passage.Offset}-{found.Passage.Offset + found.Passage.Length}");

    async Task<Document> AddAsync(string id, string text) => await Documents.AddAsync(New(id, await StageAsync(text)), s_bounds, Cancel);

    static NewDocument New(string id, StoredContent? content) => new(Org, id, id + ".md", "text/markdown", [], new Dictionary<string, string>(), content, "test");

    async Task<StoredContent> StageAsync(string text)
    {
        using var incoming = new IncomingContent(new MemoryStream(Encoding.UTF8.GetBytes(text)), long.MaxValue, () => DocumentErrors.TooLarge(0));
        var id = await Contents.WriteAsync(incoming, Cancel);
        return new StoredContent(id, incoming.Length, incoming.Checksum, incoming.IsText);
    }
}

public sealed class SqlitePassageStoreTests() : PassageStoreTests(new SqliteFixture());

public sealed class PostgresPassageStoreTests() : PassageStoreTests(new PostgresFixture());
