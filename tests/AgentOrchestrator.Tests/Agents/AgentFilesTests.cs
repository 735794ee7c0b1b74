using System.Diagnostics;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace AgentOrchestrator.Tests.Agents;

public sealed class AgentFilesTests : IDisposable
{
    const string Org = CoordinatorOptions.DefaultOrg;
    const string Good = """{"name":"good","description":"fine"}""";

    readonly TemporaryFolder _temporary = new();
    readonly AgentRows _rows = new();
    readonly AgentCatalog _catalog;

    public AgentFilesTests()
    {
        _temporary.Write(Good, "agents", "good", "agent.json");
        _temporary.Write("secret", "outside", "secret.txt");
        _catalog = new AgentCatalog(_rows, _temporary.In("agents"), new CoordinatorOptions { HasDemoAgents = false, MaxAgentFileBytes = 10_000 }, TimeProvider.System);
    }

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _catalog.Dispose();
        _temporary.Dispose();
    }

    [Theory]
    [InlineData("", "line 1")]
    [InlineData("{", "line 1")]
    [InlineData("null", "null")]
    [InlineData("[]", "line 1")]
    [InlineData("{\"description\":\"\"}", "description")]
    [InlineData("{\"description\":7}", "description")]
    [InlineData("{\"description\":\"d\",\n\"tags\":\"x\"}", "line 2")]
    [InlineData("{\"description\":\"d\",\"description\":\"e\"}", "agent.json")]
    [InlineData("{\"description\":\"d\"} // why", "agent.json")]
    [InlineData("{\"description\":\"d\",\"name\":\"other\"}", "another name")]
    [InlineData("{\"description\":\"d\",\"provider\":\"oracle\"}", "provider")]
    public async Task A_broken_definition_is_listed_with_its_reason_and_hides_nothing(string json, string reason)
    {
        _temporary.Write(json, "agents", "bad", "agent.json");
        await _catalog.OpenAsync(Cancel);

        var agents = await _catalog.ListAsync(Org, [], Cancel);

        Assert.Equal(["bad", "good"], agents.Select(agent => agent.Name));
        Assert.Equal("failed", agents[0].State);
        Assert.Contains(reason, agents[0].Error);
        Assert.Equal("running", agents[1].State);
        var refusal = await Assert.ThrowsAsync<ProductException>(() => _catalog.PinAsync(Org, "bad", Cancel));
        Assert.Equal(ErrorCode.Conflict, refusal.Code);
        Assert.Null(await _rows.FindAsync(Org, "bad", Cancel));
    }

    [Theory]
    [InlineData("""{"mcpServers":{"a":{"args":["x"]}}}""", "command")]
    [InlineData("""{"mcpServers":{"a":{"command":"c","colour":"red"}}}""", "colour")]
    [InlineData("""{"mcpServers":{"a":null}}""", "mcp_servers.a")]
    [InlineData("""{"mcpServers":[]}""", "agent.mcp.json")]
    public async Task A_broken_list_of_tool_servers_is_told(string json, string reason)
    {
        _temporary.Write(json, "agents", "good", "agent.mcp.json");
        await _catalog.OpenAsync(Cancel);

        Assert.Contains(reason, (await _catalog.GetAsync(Org, "good", Cancel)).Error);
    }

    [Fact]
    public async Task Files_written_by_hand_are_read_with_all_their_members()
    {
        _temporary.Write("""{"name":"full","description":"d","skills":["s"],"tags":["t"],"executor":"chat","script":[{"reply":"x"}],"colour":"red"}""", "agents", "full", "agent.json");
        _temporary.Write("\uFEFFprompt", "agents", "full", "agent.system-prompt.md");
        _temporary.Write("""{"mcpServers":{"web":{"type":"http","url":"http://127.0.0.1/${AGENT_SESSION_ID}"}}}""", "agents", "full", "agent.mcp.json");
        _temporary.Write("", "agents", "full", ".disabled");
        await _catalog.OpenAsync(Cancel);

        var agent = await _catalog.GetAsync(Org, "full", Cancel);
        await _catalog.PatchAsync(Org, "full", new WriteAgent { Description = "new" }, Cancel);

        Assert.Equal(("d", "prompt", "chat", "inactive", "stopped"), (agent.Description, agent.SystemPrompt, agent.Executor, agent.Status, agent.State));
        Assert.Equal("http://127.0.0.1/${AGENT_SESSION_ID}", agent.McpServers!["web"].Url);
        Assert.Contains("\"colour\": \"red\"", File.ReadAllText(_temporary.In("agents", "full", "agent.json")));
    }

    [Fact]
    public async Task An_edit_on_disk_is_a_new_revision_at_the_next_reading()
    {
        await _catalog.OpenAsync(Cancel);
        var saves = _rows.Saves;
        await _catalog.ListAsync(Org, [], Cancel);
        Assert.Equal(saves, _rows.Saves);

        _temporary.Write("Be kind.", "agents", "good", "agent.system-prompt.md");

        Assert.Equal((2, "Be kind."), await RevisionAndPrompt());
        Directory.Delete(_temporary.In("agents", "good"), recursive: true);
        Assert.Empty(await _catalog.ListAsync(Org, [], Cancel));
        Assert.Null(await _rows.FindAsync(Org, "good", Cancel));
    }

    [Fact]
    public async Task A_broken_file_that_is_repaired_serves_again()
    {
        await _catalog.OpenAsync(Cancel);
        _temporary.Write("{", "agents", "good", "agent.json");
        var broken = await _catalog.GetAsync(Org, "good", Cancel);
        var refusal = await Assert.ThrowsAsync<ProductException>(() => _catalog.PatchAsync(Org, "good", new WriteAgent { Model = "m" }, Cancel));

        _temporary.Write(Good, "agents", "good", "agent.json");

        Assert.Equal(("failed", 1), (broken.State, broken.Revision));
        Assert.Equal(ErrorCode.Conflict, refusal.Code);
        Assert.Null((await _catalog.GetAsync(Org, "good", Cancel)).Error);
    }

    [Fact]
    public async Task The_watch_brings_edits_into_the_rows()
    {
        await _catalog.OpenAsync(Cancel);
        var watch = new AgentFolderWatch(_catalog, new CoordinatorOptions { AgentScanInterval = TimeSpan.FromMilliseconds(20) }, TimeProvider.System, NullLogger<AgentFolderWatch>.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var running = watch.RunAsync(stop.Token);

        _temporary.Write("""{"description":"d"}""", "agents", "new", "agent.json");

        await Eventually.TrueAsync(async () => await _rows.FindAsync(Org, "new", Cancel) is not null, "the new agent has a row");
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Links_pipes_folders_and_large_files_are_refused_and_never_read()
    {
        if (OperatingSystem.IsWindows()) { Assert.Skip("Pipes and links need Unix."); }
        foreach (var name in new[] { "linked", "piped", "nested", "large" }) { _temporary.Write(Good.Replace("good", name), "agents", name, "agent.json"); }
        File.CreateSymbolicLink(_temporary.In("agents", "linked", "agent.system-prompt.md"), _temporary.In("outside", "secret.txt"));
        await Process.Start("mkfifo", _temporary.In("agents", "piped", "agent.system-prompt.md")).WaitForExitAsync(Cancel);
        Directory.CreateDirectory(_temporary.In("agents", "nested", "agent.system-prompt.md"));
        _temporary.Write(new string('x', 10_001), "agents", "large", "agent.system-prompt.md");
        _temporary.Write(Good.Replace("good", "away"), "outside", "away", "agent.json");
        Directory.CreateSymbolicLink(_temporary.In("agents", "away"), _temporary.In("outside", "away"));
        await _catalog.OpenAsync(Cancel);

        var agents = await _catalog.ListAsync(Org, [], Cancel);

        Assert.Equal(["away", "good", "large", "linked", "nested", "piped"], agents.Select(agent => agent.Name));
        Assert.All(agents.Where(agent => agent.Name != "good"), agent => Assert.Equal("failed", agent.State));
        Assert.DoesNotContain(agents, agent => agent.SystemPrompt is not null);
        Assert.Contains("link", agents[0].Error);
    }

    [Fact]
    public async Task A_folder_that_is_a_link_is_neither_changed_nor_deleted()
    {
        _temporary.Write(Good.Replace("good", "away"), "outside", "away", "agent.json");
        Directory.CreateSymbolicLink(_temporary.In("agents", "away"), _temporary.In("outside", "away"));
        await _catalog.OpenAsync(Cancel);
        var before = _temporary.Snapshot();

        await Assert.ThrowsAsync<ProductException>(() => _catalog.PatchAsync(Org, "away", new WriteAgent { Model = "m" }, Cancel));
        await Assert.ThrowsAsync<ProductException>(() => _catalog.SetStatusAsync(Org, "away", "inactive", Cancel));
        await Assert.ThrowsAsync<ProductException>(() => _catalog.DeleteAsync(Org, "away", Cancel));

        Assert.Equal(before, _temporary.Snapshot());
    }

    [Fact]
    public async Task Of_two_names_that_differ_only_in_case_one_serves()
    {
        if (Path.Exists(_temporary.In("AGENTS"))) { Assert.Skip("This file system does not tell the two apart."); }
        _temporary.Write("""{"description":"d"}""", "agents", "Good", "agent.json");
        await _catalog.OpenAsync(Cancel);

        var agents = await _catalog.ListAsync(Org, [], Cancel);

        Assert.Equal([("Good", "running"), ("good", "failed")], agents.Select(agent => (agent.Name, agent.State)));
    }

    [Fact]
    public async Task What_an_interrupted_write_left_behind_is_swept_at_start()
    {
        _temporary.Write(Good, "agents", ".ao-123456789abc", "agent.json");
        _temporary.Write("half", "agents", "good", ".ao-abcdefabcdef");

        await _catalog.OpenAsync(Cancel);

        Assert.Equal(["agents", "agents/good", $"agents/good/agent.json: {Good}"], _temporary.Snapshot().Where(entry => entry.StartsWith("agents", StringComparison.Ordinal)));
    }

    async Task<(long, string?)> RevisionAndPrompt()
    {
        var agent = await _catalog.GetAsync(Org, "good", Cancel);
        return (agent.Revision, agent.SystemPrompt);
    }
}
