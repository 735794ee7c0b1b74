using System.Text.Json;
using AgentOrchestrator.Tools;
using AgentOrchestrator.Tools.Mcp;
using AgentOrchestrator.Tools.Outbound;
using AgentOrchestrator.Tools.Servers;
using Microsoft.Extensions.AI;
using Xunit;

namespace AgentOrchestrator.Tests.Tools.Mcp;

/// <summary>Servers that are programs, written in the shell.</summary>
public sealed class McpProgramTests : IAsyncDisposable
{
    const string Script = """
        echo "$$" >> "$PIDS"
        while IFS= read -r line; do
          id=$(printf '%s' "$line" | sed -n 's/.*"id":\("[^"]*"\|[0-9]*\).*/\1/p')
          case "$line" in
            *'"initialize"'*) answer='{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"sh","version":"1"}}' ;;
            *'"tools/list"'*) answer='{"tools":[{"name":"env","inputSchema":{"type":"object"}},{"name":"die","inputSchema":{"type":"object"}},{"name":"flood","inputSchema":{"type":"object"}}]}' ;;
            *'"die"'*) exit 3 ;;
            *'"flood"'*) tr '\0' 'x' < /dev/zero ;;
            *'"tools/call"'*) answer='{"content":[{"type":"text","text":"'"$GREETING|$AO_TEST_SECRET"'"}]}' ;;
            *'"id"'*) printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"unknown"}}\n' "$id"; continue ;;
            *) continue ;;
          esac
          printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" "$answer"
        done
        """;

    readonly TemporaryFolder _folder = new();
    readonly OutboundClient _client = new(new OutboundPolicy());
    readonly List<McpToolServer> _servers = [];

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers) { await server.DisposeAsync(); }
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_program_sees_what_it_was_given_and_not_what_its_host_knows()
    {
        Environment.SetEnvironmentVariable("AO_TEST_SECRET", "of the host");
        var tools = await Server(Script).ListAsync(Cancel);

        var result = await tools.Single(tool => tool.Name == "env").InvokeAsync([], Cancel);

        Assert.Equal("hello|", result?.ToString());
    }

    [Theory]
    [InlineData("die", "The tool server 'program' closed the connection.")]
    [InlineData("flood", "The answer is longer than 100,000 bytes; the rest was not read.")]
    public async Task A_program_that_ends_or_never_stops_is_told_in_words_and_started_anew(string name, string words)
    {
        var server = Server(Script);
        var tools = await server.ListAsync(Cancel);

        var refusal = await Assert.ThrowsAsync<ToolException>(() => tools.Single(tool => tool.Name == name).InvokeAsync([], Cancel).AsTask());
        var result = await tools.Single(tool => tool.Name == "env").InvokeAsync([], Cancel);

        Assert.StartsWith(words, refusal.Message, StringComparison.Ordinal);
        Assert.Equal("hello|", result?.ToString());
        Assert.Equal(2, Pids().Length);
    }

    [Fact]
    public async Task A_program_that_cannot_begin_says_why_without_its_secrets()
    {
        var server = Server("""echo "no database for $GREETING" >&2; exit 1""");

        var refusal = await Assert.ThrowsAsync<ToolException>(() => server.ListAsync(Cancel));

        Assert.StartsWith("The tool server 'program' closed the connection.", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hello", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_says_nothing_is_ended_in_time()
    {
        var server = Server("""echo "$$" >> "$PIDS"; sleep 1000""", new McpLimits { ConnectTimeout = TimeSpan.FromSeconds(1) });

        var refusal = await Assert.ThrowsAsync<ToolException>(() => server.ListAsync(Cancel));

        Assert.Equal("The tool server 'program' did not answer within 1 seconds.", refusal.Message);
        Assert.All(Pids(), pid => Assert.False(Directory.Exists($"/proc/{pid}")));
    }

    [Fact]
    public async Task No_program_is_left_behind()
    {
        var server = Server(Script);
        await server.ListAsync(Cancel);

        await server.DisposeAsync();

        Assert.False(Directory.Exists($"/proc/{Assert.Single(Pids())}"));
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_named()
    {
        var config = new ToolServerConfig { Key = "program", Kind = ToolServerKind.Stdio, Command = "no-such-program-here" };
        await using var server = new McpToolServer(config, _client);

        var refusal = await Assert.ThrowsAsync<ToolException>(() => server.ListAsync(Cancel));

        Assert.Equal("The program 'no-such-program-here' of the tool server 'program' could not be started.", refusal.Message);
    }

    string[] Pids() => File.Exists(_folder.In("pids")) ? File.ReadAllLines(_folder.In("pids")) : [];

    McpToolServer Server(string script, McpLimits? limits = null)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the servers of these tests are shell programs, and their ends are seen in /proc");
        var config = new ToolServerConfig
        {
            Key = "program",
            Kind = ToolServerKind.Stdio,
            Command = "/bin/sh",
            Arguments = ["-c", script],
            Environment = new Dictionary<string, string> { ["GREETING"] = "hello", ["PIDS"] = _folder.In("pids") },
        };
        var server = new McpToolServer(config, _client, limits: (limits ?? new McpLimits()) with { MaxLineBytes = 100_000 });
        _servers.Add(server);
        return server;
    }
}
