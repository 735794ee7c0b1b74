using System.Text;
using AgentOrchestrator.Coordinator.Documents;
using AgentOrchestrator.ServerTests.Cli;

namespace AgentOrchestrator.ServerTests.Documents;

public sealed class DocumentSearchTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_stands_in_documents_is_found_with_its_place_and_rare_words_first()
    {
        await using var server = await StartAsync();
        var whale = await server.Client.PushAsync(Encoding.UTF8.GetBytes(new string('x', 900) + " 🎂 blue whale " + new string('y', 900)), "whale.md");
        await server.Client.PushAsync("a blue fox"u8.ToArray(), "fox.md");
        await server.Client.PushAsync("a blue hare"u8.ToArray(), "hare.txt");
        await server.Client.PushAsync([0, 1, 2], "blue.bin");
        await IndexAsync(server);

        var found = await server.Client.GetJsonAsync("/search?q=BLUE%20whale!&limit=2");

        Assert.Equal(("BLUE whale!", "words", 2), (found.Text("query"), found.Text("searched_by"), found.GetProperty("results").GetArrayLength()));
        var best = found.GetProperty("results")[0];
        Assert.Equal((whale.Text("id"), "whale.md", whale.Text("url")), (best.Text("document_id"), best.Text("filename"), best.Text("document_url")));
        var section = best.GetProperty("sections")[0];
        Assert.Equal("1", section.Text("score"));
        var part = await server.Client.GetStringAsync(new Uri($"/documents/{whale.Text("id")}?offset={section.Text("offset")}&limit={section.Text("limit")}", UriKind.Relative), Cancel);
        Assert.Equal(section.Text("text"), part);
        Assert.Contains("blue whale", part, StringComparison.Ordinal);
        Assert.Equal(("0", "0"), (found.GetProperty("index").Text("pending"), found.GetProperty("index").Text("failed")));
    }

    [Fact]
    public async Task What_is_not_indexed_is_told_and_never_looks_like_nothing()
    {
        await using var server = await StartAsync();
        await server.Client.PushAsync("blue whale"u8.ToArray(), "whale.md");
        var before = await server.Client.GetJsonAsync("/search?q=whale");
        await server.Client.PushAsync([0x77, 0xF6], "latin.txt");
        var document = await server.Client.PushAsync("gone whale"u8.ToArray(), "gone.md");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(server.DataDir, "documents"), "*", SearchOption.AllDirectories).Where(file => new FileInfo(file).Length == 10
            && File.ReadAllText(file) == "gone whale"))
        {
            File.Delete(file);
        }

        await IndexAsync(server);

        Assert.Equal((0, "1"), (before.GetProperty("results").GetArrayLength(), before.GetProperty("index").Text("pending")));
        var after = await server.Client.GetJsonAsync("/search?q=whale");
        Assert.Equal(("1", "0", "2"), ($"{after.GetProperty("results").GetArrayLength()}", after.GetProperty("index").Text("pending"), after.GetProperty("index").Text("failed")));
        await server.Client.CallAsync(HttpMethod.Delete, $"/documents/{document.Text("id")}");
        Assert.Equal("1", (await server.Client.GetJsonAsync("/search?q=whale")).GetProperty("index").Text("failed"));
    }

    [Theory]
    [InlineData("/search", 422)]
    [InlineData("/search?q=%20", 422)]
    [InlineData("/search?q=x&limit=0", 400)]
    [InlineData("/search?q=x&limit=101", 400)]
    [InlineData("/search?q=x&include_relations=maybe", 400)]
    [InlineData("/search?q=%3F!", 200)]
    public async Task A_search_that_cannot_be_is_refused(string path, int status)
    {
        await using var server = await StartAsync();

        await server.Client.GetJsonAsync(path, expected: status);
    }

    [Fact]
    public async Task The_command_line_finds_and_says_what_it_did_not_look_at()
    {
        await using var server = await StartAsync();
        var ao = new AoProgram(server.Url, server.Folder);
        var id = (await server.Client.PushAsync("blue whale"u8.ToArray(), "whale.md")).Text("id");

        var early = await ao.RunAsync("ao doc search whale");
        await IndexAsync(server);

        Assert.Equal((0, "No documents found\n"), (early.ExitCode, early.Out));
        Assert.Contains("1 not indexed yet", early.Error, StringComparison.Ordinal);
        Assert.Contains(id, await ao.OutputAsync("ao doc search whale -l 3"), StringComparison.Ordinal);
        Assert.Contains($"\"document_id\": \"{id}\"", await ao.OutputAsync("doc-search whale"), StringComparison.Ordinal);
    }

    // The test itself indexes, when it wants to.
    static Task<TestServer> StartAsync() =>
        TestServer.StartAsync(options => options with { Coordinator = options.Coordinator with { DocumentIndexInterval = TimeSpan.FromDays(1) } });

    static Task<int> IndexAsync(TestServer server) => server.Host.Services.GetRequiredService<DocumentIndexing>().RunOnceAsync(Cancel);
}
