using System.Text;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;

namespace AgentOrchestrator.ServerTests.Access;

/// <summary>The token of the first start.</summary>
public sealed class OwnerTokenTests
{
    [Fact]
    public async Task Is_left_for_its_user_alone_and_kept_as_a_hash()
    {
        await using var server = await GuardedServer.StartAsync();
        var file = new ServersFile(Path.Combine(server.Folder, "config", "servers.json"));
        var token = server.Host.Token!;

        Assert.Equal(token, file.FindToken(server.Url));
        Assert.Matches("^ao_[0-9a-f]{64}$", token);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file.Path));
        }

        await server.StopAsync();
        foreach (var path in Directory.EnumerateFiles(server.DataDir, "*", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain(token, Encoding.Latin1.GetString(await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Is_the_same_after_a_restart()
    {
        await using var server = await GuardedServer.StartAsync();
        var first = server.Host.Token;

        await server.StopAsync();
        await server.StartAgainAsync();

        Assert.Equal(first, server.Host.Token);
        Assert.Equal(200, (int)(await server.SendAsync(HttpMethod.Get, "/tokens", first)).StatusCode);
    }

    [Fact]
    public async Task Is_made_anew_when_the_file_is_gone()
    {
        await using var server = await GuardedServer.StartAsync();
        var first = server.Host.Token;

        await server.StopAsync();
        File.Delete(Path.Combine(server.Folder, "config", "servers.json"));
        await server.StartAgainAsync();

        Assert.NotEqual(first, server.Host.Token);
        Assert.Equal(200, (int)(await server.SendAsync(HttpMethod.Get, "/tokens", server.Host.Token)).StatusCode);
    }

    [Fact]
    public async Task Says_what_to_do_when_its_file_cannot_be_written()
    {
        var refusal = await Assert.ThrowsAsync<ProductException>(() => GuardedServer.StartAsync(o =>
        {
            var file = Path.Combine(o.ProjectDir, "file");
            File.WriteAllText(file, "");
            return o with { TokenFile = Path.Combine(file, "servers.json") };
        }));

        Assert.Contains("XDG_CONFIG_HOME", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Is_not_made_where_authentication_is_off()
    {
        await using var server = await TestServer.StartAsync(o => o with { TokenFile = Path.Combine(o.ProjectDir, "config", "servers.json") });

        var answer = await server.SendAsync(HttpMethod.Get, "/tokens");

        Assert.Null(server.Host.Token);
        Assert.False(Directory.Exists(Path.Combine(server.Folder, "config")));
        Assert.Equal("off", answer.Headers.GetValues("X-Agent-Orchestrator-Auth").Single());
        Assert.Equal(200, (int)answer.StatusCode);
    }
}
