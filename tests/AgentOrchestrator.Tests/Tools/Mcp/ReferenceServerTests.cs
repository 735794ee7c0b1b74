using System.Collections.Concurrent;
using System.Text.Json;
using AgentOrchestrator.ServerTests.Mcp;
using AgentOrchestrator.Tools;
using AgentOrchestrator.Tools.Mcp;
using AgentOrchestrator.Tools.Outbound;
using AgentOrchestrator.Tools.Servers;
using Microsoft.Extensions.AI;
using Xunit;

namespace AgentOrchestrator.Tests.Tools.Mcp;

/// <summary>The protocol's own reference servers, as they come from npm, over every transport that they offer.</summary>
public sealed class ReferenceServerTests : IAsyncDisposable
{
    const string Hours = """{"duration":3600,"steps":36000}""";

    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    readonly OutboundClient _client = new(new OutboundPolicy { PrivateNetworks = OutboundPolicy.ReadNetworks("127.0.0.0/8") });
    readonly TemporaryFolder _folder = new();
    readonly List<IAsyncDisposable> _opened = [];

    public static TheoryData<Transport> All => [.. Enum.GetValues<Transport>()];

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var opened in Enumerable.Reverse(_opened)) { await opened.DisposeAsync(); }
        _client.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Every_kind_of_content_reads_as_text(Transport transport)
    {
        var (_, everything) = await EverythingAsync(transport);

        Assert.Equal("Echo: hello", await CallAsync(everything, "echo", """{"message":"hello"}"""));
        Assert.Equal("The sum of 2 and 3 is 5.", await CallAsync(everything, "get-sum", """{"a":2,"b":3}"""));
        Assert.Contains("[a picture, image/png]", await CallAsync(everything, "get-tiny-image", "{}"), StringComparison.Ordinal);
        Assert.Contains("Cloudy", await CallAsync(everything, "get-structured-content", """{"location":"New York"}"""), StringComparison.Ordinal);
        Assert.Contains("[a link to ", await CallAsync(everything, "get-resource-links", """{"count":2}"""), StringComparison.Ordinal);
        Assert.Contains(
            "Resource 1: This is a plaintext resource", await CallAsync(everything, "get-resource-reference", """{"resourceType":"Text","resourceId":1}"""), StringComparison.Ordinal);
        Assert.Contains(
            "[a resource, text/plain: ", await CallAsync(everything, "get-resource-reference", """{"resourceType":"Blob","resourceId":1}"""), StringComparison.Ordinal);
        Assert.Equal(
            "Error: Operation failed\n[a picture, image/png]", await CallAsync(everything, "get-annotated-message", """{"messageType":"error","includeImage":true}"""));
        Assert.Equal(
            "Long running operation completed. Duration: 0.1 seconds, Steps: 2.", await CallAsync(everything, "trigger-long-running-operation", """{"duration":0.1,"steps":2}"""));
        Assert.Contains("hello", await CallAsync(everything, "get-env", "{}"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task What_it_refuses_is_told_in_its_words_and_ours_before_it_is_asked(Transport transport)
    {
        var (_, everything) = await EverythingAsync(transport);

        var ours = await Assert.ThrowsAsync<ToolException>(() => CallAsync(everything, "get-sum", """{"a":2}"""));
        Assert.StartsWith("get-sum: ", ours.Message, StringComparison.Ordinal);
        var its = await Assert.ThrowsAsync<ToolException>(() => CallAsync(everything, "get-resource-reference", """{"resourceType":"Text","resourceId":0.5}"""));
        Assert.Contains("0.5", its.Message, StringComparison.Ordinal);
        Assert.Equal("Echo: still here", await CallAsync(everything, "echo", """{"message":"still here"}"""));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Progress_is_heard_while_a_call_runs_and_a_call_that_is_given_up_leaves_the_connection_usable(Transport transport)
    {
        var (_, everything) = await EverythingAsync(transport);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var heard = new Progresses();
        var call = CallAsync(everything, "trigger-long-running-operation", Hours, heard, giveUp.Token);
        await Eventually.TrueAsync(() => heard.All.Count >= 3, "three reports");

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call).WaitAsync(s_patience, Cancel);
        Assert.All(heard.All, progress => Assert.Equal((true, 36_000), (progress.Done >= 1, progress.Total)));
        Assert.Equal("Echo: hello", await CallAsync(everything, "echo", """{"message":"hello"}"""));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_server_that_is_killed_in_a_call_is_connected_to_anew(Transport transport)
    {
        var (host, everything) = await EverythingAsync(transport);
        var heard = new Progresses();
        var call = CallAsync(everything, "trigger-long-running-operation", Hours, heard);
        await Eventually.TrueAsync(() => !heard.All.IsEmpty, "the call runs");

        await host.KillAsync();
        var refusal = await Assert.ThrowsAsync<ToolException>(() => call).WaitAsync(s_patience, Cancel);
        await host.ComeAgainAsync();

        Assert.StartsWith("The tool server 'everything' ", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("Echo: hello", await CallAsync(everything, "echo", """{"message":"hello"}"""));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_server_that_came_again_unnoticed_costs_one_call_at_most(Transport transport)
    {
        var (host, everything) = await EverythingAsync(transport);
        await host.KillAsync();
        await host.ComeAgainAsync();

        try
        {
            await CallAsync(everything, "echo", """{"message":"lost"}""");
        }
        catch (ToolException refusal)
        {
            Assert.StartsWith("The tool server 'everything' ", refusal.Message, StringComparison.Ordinal);
        }

        Assert.Equal("Echo: hello", await CallAsync(everything, "echo", """{"message":"hello"}"""));
    }

    /// <summary>The server tells of its later tools at once; over streamable HTTP before anybody can listen.</summary>
    [Theory]
    [InlineData(Transport.Stdio)]
    [InlineData(Transport.Sse)]
    public async Task Tools_that_come_later_are_told(Transport transport)
    {
        var host = await HostAsync(transport);
        var server = Open(host.Config);
        var changed = new TaskCompletionSource();
        server.ToolsChanged += (_, _) => changed.TrySetResult();

        await server.ListAsync(Cancel);
        await changed.Task.WaitAsync(s_patience, Cancel);

        Assert.Contains("simulate-research-query", (await server.ListAsync(Cancel)).Select(tool => tool.Name));
    }

    [Fact]
    public async Task Files_are_written_read_and_confined_to_the_folder()
    {
        var files = await Open(Program("filesystem", [_folder.Make("shared")])).ListAsync(Cancel);
        var note = _folder.In("shared", "note.txt");
        _folder.Write("not yours", "secret.txt");

        await CallAsync(files, "write_file", Json(("path", note), ("content", "Käse\n")));
        var refusal = await Assert.ThrowsAsync<ToolException>(() => CallAsync(files, "read_text_file", Json(("path", _folder.In("secret.txt")))));

        Assert.Equal("Käse\n", await File.ReadAllTextAsync(note, Cancel));
        Assert.Equal("Käse\n", await CallAsync(files, "read_text_file", Json(("path", note))));
        Assert.Contains("[FILE] note.txt", await CallAsync(files, "list_directory", Json(("path", _folder.In("shared")))), StringComparison.Ordinal);
        Assert.Contains("Access denied", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_remembered_outlives_the_program()
    {
        var config = Program("memory", []) with { Environment = new Dictionary<string, string> { ["MEMORY_FILE_PATH"] = _folder.In("memory.jsonl") } };
        const string Entity = """{"entities":[{"name":"Ada","entityType":"person","observations":["likes engines"]}]}""";
        await CallAsync(await Open(config).ListAsync(Cancel), "create_entities", Entity);

        var found = await CallAsync(await Open(config).ListAsync(Cancel), "search_nodes", """{"query":"engines"}""");

        Assert.Contains("\"Ada\"", found, StringComparison.Ordinal);
    }

    static ToolServerConfig Program(string name, string[] arguments) =>
        new() { Key = name, Kind = ToolServerKind.Stdio, Command = NpmProgram.Find($"mcp-server-{name}"), Arguments = arguments };

    static string Json(params (string Name, string Value)[] members) => JsonSerializer.Serialize(members.ToDictionary(member => member.Name, member => member.Value));

    static async Task<string> CallAsync(
        IReadOnlyList<AIFunction> tools, string name, string json, IProgress<ToolProgress>? progress = null, CancellationToken? cancel = null)
    {
        var arguments = new AIFunctionArguments(JsonElement.Parse(json).EnumerateObject().ToDictionary(member => member.Name, member => (object?)member.Value));
        if (progress is not null) { arguments.Context = new Dictionary<object, object?> { [typeof(IProgress<ToolProgress>)] = progress }; }
        return (await tools.Single(tool => tool.Name == name).InvokeAsync(arguments, cancel ?? Cancel))!.ToString()!;
    }

    async Task<(ReferenceServer Host, IReadOnlyList<AIFunction> Tools)> EverythingAsync(Transport transport)
    {
        var host = await HostAsync(transport);
        return (host, await Open(host.Config).ListAsync(Cancel));
    }

    async Task<ReferenceServer> HostAsync(Transport transport)
    {
        var host = await ReferenceServer.StartAsync(transport);
        _opened.Add(host);
        return host;
    }

    McpToolServer Open(ToolServerConfig config)
    {
        var server = new McpToolServer(config, _client, limits: new McpLimits { ConnectTimeout = TimeSpan.FromMinutes(2), CallTimeout = TimeSpan.FromMinutes(5) });
        _opened.Add(server);
        return server;
    }

    sealed class Progresses : IProgress<ToolProgress>
    {
        public ConcurrentQueue<ToolProgress> All { get; } = [];

        public void Report(ToolProgress value) => All.Enqueue(value);
    }
}
