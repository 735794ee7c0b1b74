using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace AgentOrchestrator.ServerTests.Cli;

public sealed class OperateTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ao-cli-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Up_becomes_the_server_that_it_came_with()
    {
        using var free = new FreePort();
        var port = free.Number;
        var ao = new AoProgram(new Uri($"http://127.0.0.1:{port}"), _folder.FullName);

        await using var up = ao.Start(["ao", "up", "--urls", $"http://127.0.0.1:{port}", "--data", Path.Combine(_folder.FullName, "data"), "--no-runner"]);
        using var http = new HttpClient();
        await Eventually.TrueAsync(
            async () =>
            {
                Assert.False(up.HasEnded, "ao up has ended");
                return await IsUpAsync(http, port);
            },
            "the server answers",
            TimeSpan.FromSeconds(60),
            TestContext.Current.CancellationToken);

        await up.SignalAsync("INT");
        Assert.Equal(0, (await up.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task Doctor_says_what_to_do_when_nothing_is_there()
    {
        using var free = new FreePort();
        var port = free.Number;
        var ao = new AoProgram(new Uri($"http://127.0.0.1:{port}"), _folder.FullName);

        var text = await ao.RunAsync("ao doctor");
        Assert.Equal(1, text.ExitCode);
        Assert.Contains("✗ server", text.Out, StringComparison.Ordinal);
        Assert.Contains("ao up", text.Out, StringComparison.Ordinal);
        Assert.Contains($"{port} is free", text.Out, StringComparison.Ordinal);

        var report = JsonElement.Parse((await ao.RunAsync("ao doctor --json")).Out);
        Assert.False(report.GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task Doctor_tells_a_stranger_on_the_port_from_a_server()
    {
        using var stranger = new TcpListener(IPAddress.Loopback, 0);
        stranger.Start();
        var port = ((IPEndPoint)stranger.LocalEndpoint).Port;
        var serving = GreetAsync(stranger);

        var end = await new AoProgram(new Uri($"http://127.0.0.1:{port}"), _folder.FullName).RunAsync("ao doctor");

        Assert.Equal(1, end.ExitCode);
        Assert.Contains("is not an agent orchestrator", end.Out, StringComparison.Ordinal);
        Assert.Contains($"{port} is taken", end.Out, StringComparison.Ordinal);
        await serving;
    }

    [Fact]
    public async Task Doctor_is_content_with_a_server_that_has_a_runner()
    {
        await using var bench = await AoServer.StartAsync();

        var report = JsonElement.Parse(await bench.Ao.OutputAsync("ao doctor --json"));

        Assert.True(report.GetProperty("ok").GetBoolean());
        Assert.Equal(
            ["server", "database", "token", "runner"],
            report.GetProperty("checks").EnumerateArray().Where(check => check.GetProperty("is_essential").GetBoolean()).Select(check => check.Text("name")));
    }

    [Fact]
    public async Task Every_call_says_what_to_do_when_the_server_is_away()
    {
        using var free = new FreePort();
        var ao = new AoProgram(new Uri($"http://127.0.0.1:{free.Number}"), _folder.FullName);

        foreach (var line in (string[])["ao-status one", "ao list", "ao watch one", "ao start one -p hello"])
        {
            var end = await ao.RunAsync(line);
            Assert.Equal(1, end.ExitCode);
            Assert.Contains("start one with 'ao up'", end.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_server_elsewhere_is_reached_by_its_name()
    {
        await using var bench = await AoServer.StartAsync();
        bench.Ao.Environment["AGENT_ORCHESTRATOR_API_URL"] = "";
        bench.Ao.Environment["ORCHESTRATOR_URL"] = $"http://localhost:{bench.Server.Url.Port}/";

        Assert.Equal("not_existent\n", await bench.Ao.OutputAsync("ao status one"));
    }

    static async Task GreetAsync(TcpListener stranger)
    {
        using var connection = await stranger.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await connection.GetStream().WriteAsync("220 mail ready\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
    }

    static async Task<bool> IsUpAsync(HttpClient http, int port)
    {
        try
        {
            return (await http.GetAsync($"http://127.0.0.1:{port}/health", TestContext.Current.CancellationToken)).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
