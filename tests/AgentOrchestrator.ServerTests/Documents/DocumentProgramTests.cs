using System.Text.Json;
using AgentOrchestrator.ServerTests.Cli;

namespace AgentOrchestrator.ServerTests.Documents;

/// <summary>The real programs, by their own names and by the predecessor's.</summary>
public sealed class DocumentProgramTests
{
    [Fact]
    public async Task Documents_are_pushed_listed_read_pulled_and_deleted()
    {
        await using var server = await TestServer.StartAsync();
        var ao = new AoProgram(server.Url, server.Folder);
        await File.WriteAllTextAsync(Path.Combine(server.Folder, "notes.md"), "one\r\nzwei 🎂\n", TestContext.Current.CancellationToken);

        var id = (await ao.OutputAsync("ao doc push notes.md --tags b,a --description about")).Trim();
        Assert.Contains(id, await ao.OutputAsync("ao doc query --tags a,b --name NOTES"), StringComparison.Ordinal);
        Assert.Equal("No documents found\n", await ao.OutputAsync("ao doc query --tags a,c"));
        Assert.Equal("one\r\nzwei 🎂\n", await ao.OutputAsync($"ao doc read {id}"));
        Assert.Equal(1, (await ao.RunAsync($"ao doc pull {id}")).ExitCode);
        await ao.OutputAsync($"ao doc pull {id} -o copy.md");
        await ao.OutputAsync($"ao doc pull {id} -o copy.md");
        Assert.Equal("one\r\nzwei 🎂\n", await File.ReadAllTextAsync(Path.Combine(server.Folder, "copy.md"), TestContext.Current.CancellationToken));
        await ao.OutputAsync($"ao doc write {id}", "new");
        Assert.Equal("new", await ao.OutputAsync($"ao doc read {id}"));
        var stale = await ao.RunAsync($"ao doc write {id} --content x --if-match {new string('0', 64)}");
        Assert.True(stale.ExitCode == 1 && stale.Error.Contains("written meanwhile", StringComparison.Ordinal), stale.Error);
        await ao.OutputAsync($"ao doc tags {id} --tags c");
        Assert.Contains("1          c", await ao.OutputAsync("ao doc tags"), StringComparison.Ordinal);
        Assert.Equal("Deleted 1 document(s)\n", await ao.OutputAsync($"ao doc delete {id}"));
    }

    [Fact]
    public async Task Texts_are_read_and_edited_in_part_brought_back_and_linked()
    {
        await using var server = await TestServer.StartAsync();
        var ao = new AoProgram(server.Url, server.Folder);
        var (a, b) = ((await ao.OutputAsync("ao doc create --name a.md")).Trim(), (await ao.OutputAsync("ao doc create --name b.md")).Trim());
        await ao.OutputAsync($"ao doc write {a}", "one\r\ntwo\r\n");

        var part = await ao.RunAsync($"doc-read {a} -o 3 -l 4");
        Assert.Equal((0, "\r\ntw"), (part.ExitCode, part.Out));
        Assert.Equal(("10", "3-7"), (JsonDocument.Parse(part.Error).RootElement.Text("total_chars"), JsonDocument.Parse(part.Error).RootElement.Text("range")));
        Assert.Equal("Replaced 1\n", await ao.OutputAsync($"ao doc edit {a} --old-string two --new-string 2"));
        Assert.Equal("1", JsonDocument.Parse(await ao.OutputAsync($"doc-edit {a} --json", """{"old_string":"one","new_string":"1"}""")).RootElement.Text("replacements_made"));
        Assert.Equal("1\r\n2\r\n", await ao.OutputAsync($"ao doc read {a}"));
        Assert.Contains("-one\r\n", await ao.OutputAsync($"ao doc versions {a} --diff 1"), StringComparison.Ordinal);
        Assert.Equal("4", JsonDocument.Parse(await ao.OutputAsync($"ao doc versions {a} --restore 1")).RootElement.Text("version"));
        Assert.Contains("owner:local", await ao.OutputAsync($"ao doc versions {a}"), StringComparison.Ordinal);

        var made = JsonDocument.Parse(await ao.OutputAsync($"doc-link --create {a} {b} --type parent-child --from-to-note n")).RootElement;
        var relation = made.GetProperty("from_relation").Text("id");
        Assert.Equal(relation, JsonDocument.Parse(await ao.OutputAsync($"doc-info {a}")).RootElement.GetProperty("relations").GetProperty("child")[0].Text("id"));
        Assert.Equal("m", JsonDocument.Parse(await ao.OutputAsync($"doc-link --update {relation} --note m")).RootElement.Text("note"));
        Assert.Equal(3, JsonDocument.Parse(await ao.OutputAsync("doc-link --types")).RootElement.GetArrayLength());
        Assert.Equal("True", JsonDocument.Parse(await ao.OutputAsync($"doc-link --remove {relation}")).RootElement.Text("success"));
        Assert.Equal(2, (await ao.RunAsync("doc-link")).ExitCode);
    }

    [Fact]
    public async Task The_predecessors_names_speak_its_json_to_the_server_that_its_variables_name()
    {
        await using var server = await TestServer.StartAsync();
        var ao = new AoProgram(server.Url, server.Folder)
        {
            Environment = { ["AGENT_ORCHESTRATOR_API_URL"] = "http://127.0.0.1:9", ["DOC_SYNC_PORT"] = $"{server.Url.Port}" },
        };
        await File.WriteAllTextAsync(Path.Combine(server.Folder, "a.txt"), "text", TestContext.Current.CancellationToken);

        var text = await ao.OutputAsync("doc-push a.txt --name docs/b.txt --tags x");
        Assert.StartsWith("{\n  \"id\": \"doc_", text, StringComparison.Ordinal);
        var pushed = JsonDocument.Parse(text).RootElement;
        var id = pushed.Text("id");
        Assert.Equal("docs/b.txt", pushed.Text("filename"));
        Assert.Equal(id, JsonDocument.Parse(await ao.OutputAsync("doc-query --tags x --limit 5")).RootElement[0].Text("id"));
        Assert.Equal("docs/b.txt", JsonDocument.Parse(await ao.OutputAsync($"doc-info {id}")).RootElement.Text("filename"));
        Assert.Equal("text", await ao.OutputAsync($"doc-read {id}"));
        var pulled = JsonDocument.Parse(await ao.OutputAsync($"doc-pull {id}")).RootElement;
        Assert.Equal(("True", id, "b.txt", "4"), (pulled.Text("success"), pulled.Text("document_id"), pulled.Text("filename"), pulled.Text("size_bytes")));
        var made = JsonDocument.Parse(await ao.OutputAsync("doc-create --name c.md")).RootElement.Text("id");
        Assert.Equal("3", JsonDocument.Parse(await ao.OutputAsync($"doc-write {made} --content abc")).RootElement.Text("size_bytes"));
        Assert.Equal("True", JsonDocument.Parse(await ao.OutputAsync($"doc-delete {id}")).RootElement.Text("success"));

        var gone = await ao.RunAsync($"doc-read {id}");
        Assert.Equal((1, ""), (gone.ExitCode, gone.Out));
        Assert.Equal($"Document not found: {id}", JsonDocument.Parse(gone.Error).RootElement.Text("error"));
        Assert.Equal(2, (await ao.RunAsync("doc-create")).ExitCode);
    }
}
