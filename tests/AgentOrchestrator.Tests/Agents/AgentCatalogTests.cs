using System.Text.Json;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Runs;
using Xunit;

namespace AgentOrchestrator.Tests.Agents;

public sealed class AgentCatalogTests : IDisposable
{
    const string Org = CoordinatorOptions.DefaultOrg;

    readonly TemporaryFolder _temporary = new();
    readonly AgentRows _rows = new();
    readonly AgentCatalog _catalog;

    public AgentCatalogTests() => _catalog = NewCatalog();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _catalog.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public async Task A_created_agent_is_a_folder_a_row_and_an_answer()
    {
        await _catalog.OpenAsync(Cancel);

        var agent = await _catalog.CreateAsync(Org, new WriteAgent
        {
            Name = "Reviewer",
            Description = "Reads code",
            SystemPrompt = "You review.\r\nStrictly.",
            Tags = ["code", "code", "internal"],
            Executor = "claude-code",
            McpServers = new Dictionary<string, McpServer> { ["files"] = new() { Command = "serve" } },
            Demands = new Demands { Tags = ["gpu"] },
        }, Cancel);

        Assert.Equal("You review.\r\nStrictly.", File.ReadAllText(_temporary.In("agents", "Reviewer", "agent.system-prompt.md")));
        Assert.Equal(["code", "internal"], agent.Tags);
        Assert.Equal((1, "active", "running"), (agent.Revision, agent.Status, agent.State));
        Assert.Equal([], agent.McpServers!["files"].Args!);
        Assert.Equal(Text(agent), Text(await _catalog.GetAsync(Org, "reviewer", Cancel)));
        var row = await _rows.FindAsync(Org, "Reviewer", Cancel);
        Assert.Equal(Text(agent with { CreatedAt = default, ModifiedAt = default, Revision = 0 }), row!.Definition);
    }

    [Fact]
    public async Task Null_leaves_a_member_and_an_empty_value_removes_it()
    {
        await _catalog.OpenAsync(Cancel);
        await _catalog.CreateAsync(Org, new WriteAgent { Name = "a", Description = "d", SystemPrompt = "p", Skills = ["s"], MaxTurns = 3, Model = "m" }, Cancel);

        var patched = await _catalog.PatchAsync(Org, "a", new WriteAgent { SystemPrompt = "", Skills = [], MaxTurns = 0, Tags = ["t"] }, Cancel);

        Assert.Equal((null, null, null, "m", "d", 2), (patched.SystemPrompt, patched.Skills, patched.MaxTurns, patched.Model, patched.Description, patched.Revision));
        Assert.False(File.Exists(_temporary.In("agents", "a", "agent.system-prompt.md")));
        Assert.Equal(1, (await _rows.FindRevisionAsync(Org, "a", 1, Cancel))!.Revision);
    }

    [Fact]
    public async Task A_patch_that_is_refused_changes_nothing()
    {
        await _catalog.OpenAsync(Cancel);
        await _catalog.CreateAsync(Org, new WriteAgent { Name = "a", Description = "d" }, Cancel);
        var before = _temporary.Snapshot();

        foreach (var wrong in WrongRequests())
        {
            var refusal = await Assert.ThrowsAsync<ProductException>(() => _catalog.PatchAsync(Org, "a", wrong, Cancel));
            Assert.Equal(ErrorCode.Invalid, refusal.Code);
        }

        Assert.Equal(before, _temporary.Snapshot());
        Assert.Equal(1, (await _catalog.GetAsync(Org, "a", Cancel)).Revision);
    }

    [Fact]
    public async Task Names_are_unique_without_regard_to_case_and_reserved_ones_are_refused()
    {
        await _catalog.OpenAsync(Cancel);
        await _catalog.CreateAsync(Org, new WriteAgent { Name = "Writer", Description = "d" }, Cancel);

        Assert.Equal(ErrorCode.Conflict, (await RefusalOf("wRITER")).Code);
        foreach (var name in new[] { "start", "STOP", "create", "delete", "runbooks", "assign-action-server", "CON", "lpt1" })
        {
            Assert.Equal(ErrorCode.NotPossible, (await RefusalOf(name)).Code);
        }
    }

    [Fact]
    public async Task Status_is_a_file_and_makes_a_revision()
    {
        await _catalog.OpenAsync(Cancel);
        await _catalog.CreateAsync(Org, new WriteAgent { Name = "a", Description = "d" }, Cancel);

        var off = await _catalog.SetStatusAsync(Org, "a", "inactive", Cancel);
        Assert.True(File.Exists(_temporary.In("agents", "a", ".disabled")));
        var pinned = await _catalog.PinAsync(Org, "a", Cancel);
        var on = await _catalog.SetStatusAsync(Org, "a", "active", Cancel);

        Assert.Equal(("inactive", "stopped", 2), (off.Status, off.State, off.Revision));
        Assert.Equal(new PinnedAgent("a", 2, IsActive: false, null, null), pinned);
        Assert.Equal(("active", "running", 3), (on.Status, on.State, on.Revision));
        Assert.False(File.Exists(_temporary.In("agents", "a", ".disabled")));
        Assert.Equal(ErrorCode.Invalid, (await Assert.ThrowsAsync<ProductException>(() => _catalog.SetStatusAsync(Org, "a", "off", Cancel))).Code);
    }

    [Fact]
    public async Task A_deleted_agent_is_gone_and_its_revisions_stay()
    {
        await _catalog.OpenAsync(Cancel);
        await _catalog.CreateAsync(Org, new WriteAgent { Name = "a", Description = "d" }, Cancel);
        _temporary.Write("mine", "agents", "a", "notes", "own.txt");

        await _catalog.DeleteAsync(Org, "a", Cancel);

        Assert.Empty(Directory.EnumerateFileSystemEntries(_temporary.In("agents")));
        Assert.Null(await _catalog.PinAsync(Org, "a", Cancel));
        Assert.NotNull(await _rows.FindRevisionAsync(Org, "a", 1, Cancel));
        Assert.Equal(ErrorCode.NotFound, (await Assert.ThrowsAsync<ProductException>(() => _catalog.DeleteAsync(Org, "a", Cancel))).Code);
    }

    [Fact]
    public async Task Tags_must_all_match()
    {
        await _catalog.OpenAsync(Cancel);
        await _catalog.CreateAsync(Org, new WriteAgent { Name = "b", Description = "d", Tags = ["x", "y"] }, Cancel);
        await _catalog.CreateAsync(Org, new WriteAgent { Name = "a", Description = "d", Tags = ["x"] }, Cancel);

        Assert.Equal(["a", "b"], await NamesWith());
        Assert.Equal(["a", "b"], await NamesWith("x"));
        Assert.Equal(["b"], await NamesWith("x", "y"));
        Assert.Empty(await NamesWith("z"));
    }

    [Fact]
    public async Task Rows_are_written_into_an_empty_folder_and_nowhere_else()
    {
        await _catalog.OpenAsync(Cancel);
        var agent = await _catalog.CreateAsync(Org, new WriteAgent { Name = "a", Description = "d", SystemPrompt = "p" }, Cancel);
        Directory.Delete(_temporary.In("agents"), recursive: true);

        using (var restarted = NewCatalog())
        {
            await restarted.OpenAsync(Cancel);
            Assert.Equal("p", File.ReadAllText(_temporary.In("agents", "a", "agent.system-prompt.md")));
            Assert.Equal(agent.Revision, (await restarted.GetAsync(Org, "a", Cancel)).Revision);
        }

        Directory.Move(_temporary.In("agents", "a"), _temporary.In("agents", "b"));
        _temporary.Write("""{"description":"d"}""", "agents", "b", "agent.json");
        using var again = NewCatalog();
        await again.OpenAsync(Cancel);
        Assert.Equal(["b"], (await again.ListAsync(Org, [], Cancel)).Select(other => other.Name));
        Assert.Null(await _rows.FindAsync(Org, "a", Cancel));
    }

    [Fact]
    public async Task Without_a_folder_the_rows_are_the_agents()
    {
        using var catalog = new AgentCatalog(_rows, folder: null, new CoordinatorOptions { HasDemoAgents = false }, TimeProvider.System);
        await catalog.OpenAsync(Cancel);
        await catalog.CreateAsync(Org, new WriteAgent { Name = "Writer", Description = "d" }, Cancel);

        Assert.Equal(2, (await catalog.PatchAsync(Org, "writer", new WriteAgent { Model = "m" }, Cancel)).Revision);
        Assert.Equal("Writer", (await catalog.PinAsync(Org, "WRITER", Cancel))!.Name);
        await catalog.DeleteAsync(Org, "Writer", Cancel);
        Assert.Empty(await catalog.ListAsync(Org, [], Cancel));
    }

    [Fact]
    public async Task Other_orgs_never_see_the_folder()
    {
        await _catalog.OpenAsync(Cancel);
        await _catalog.CreateAsync(Org, new WriteAgent { Name = "a", Description = "d" }, Cancel);
        await _catalog.CreateAsync("other", new WriteAgent { Name = "a", Description = "theirs" }, Cancel);

        Assert.Equal("theirs", (await _catalog.GetAsync("other", "a", Cancel)).Description);
        Assert.Equal("d", (await _catalog.GetAsync(Org, "a", Cancel)).Description);
    }

    static IEnumerable<WriteAgent> WrongRequests()
    {
        yield return new WriteAgent { Description = " " };
        yield return new WriteAgent { Tags = [""] };
        yield return new WriteAgent { Provider = "oracle" };
        yield return new WriteAgent { PermissionMode = "yolo" };
        yield return new WriteAgent { Executor = "../x" };
        yield return new WriteAgent { MaxTurns = -1 };
        yield return new WriteAgent { Env = ["A=B"] };
        yield return new WriteAgent { Script = JsonSerializer.SerializeToElement(1) };
        yield return new WriteAgent { SystemPrompt = new string('x', 2 << 20) };
        yield return new WriteAgent { McpServers = new Dictionary<string, McpServer> { ["x"] = new() } };
        yield return new WriteAgent { McpServers = new Dictionary<string, McpServer> { ["x"] = new() { Type = "http" } } };
        yield return new WriteAgent { McpServers = new Dictionary<string, McpServer> { ["x"] = new() { Type = "ftp", Url = "ftp://x" } } };
        yield return new WriteAgent { McpServers = new Dictionary<string, McpServer> { ["x"] = new() { Command = "c", Url = "http://x" } } };
        yield return new WriteAgent { McpServers = new Dictionary<string, McpServer> { ["../x"] = new() { Command = "c" } } };
    }

    static string Text(AgentView agent) => JsonSerializer.Serialize(agent, CompactJson.Default.AgentView);

    AgentCatalog NewCatalog() => new(_rows, _temporary.In("agents"), new CoordinatorOptions { HasDemoAgents = false }, TimeProvider.System);

    async Task<IEnumerable<string>> NamesWith(params string[] tags) => (await _catalog.ListAsync(Org, tags, Cancel)).Select(agent => agent.Name);

    Task<ProductException> RefusalOf(string name) =>
        Assert.ThrowsAsync<ProductException>(() => _catalog.CreateAsync(Org, new WriteAgent { Name = name, Description = "d" }, Cancel));
}
