using System.Diagnostics;
using System.Runtime.CompilerServices;
using AgentOrchestrator.Runner.Processes;

namespace AgentOrchestrator.ServerTests.Deploy;

/// <summary>The targets of the Makefile that need no container, over a data folder of their own.</summary>
public sealed class MakefileTests : IAsyncLifetime
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ao-make-");
    readonly FreePort _port = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    string PidFile => Path.Combine(_folder.FullName, "data", "coordinator.pid");

    public ValueTask InitializeAsync()
    {
        Assert.SkipWhen(Executables.Find("make", Environment.GetEnvironmentVariable("PATH")) is null, "There is no make here.");
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(PidFile)) { await MakeAsync("stop"); }
        _port.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_server_in_the_background_is_started_seen_and_stopped()
    {
        Assert.Equal((2, "not running"), Said(await MakeAsync("status")));

        var started = await MakeAsync("start-bg");
        Assert.True(started.ExitCode == 0, started.Output);
        var pid = (await File.ReadAllTextAsync(PidFile, Cancel)).Trim();
        Assert.Contains($"running as {pid} on http://127.0.0.1:{_port.Number}", started.Output, StringComparison.Ordinal);
        Assert.Equal((0, $"running as {pid}"), Said(await MakeAsync("status")));
        using var http = new HttpClient();
        Assert.Contains("healthy", await http.GetStringAsync($"http://127.0.0.1:{_port.Number}/health", Cancel), StringComparison.Ordinal);
        Assert.Contains("✓ server", (await MakeAsync("health")).Output, StringComparison.Ordinal);

        var again = await MakeAsync("start-bg");
        Assert.Equal(2, again.ExitCode);
        Assert.Contains($"already running as {pid}", again.Output, StringComparison.Ordinal);
        var logged = await MakeAsync("logs-coordinator", "LINES=100");
        Assert.Contains("Ready on", logged.Output, StringComparison.Ordinal);

        Assert.Equal((0, $"stopped {pid}"), Said(await MakeAsync("stop")));
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync($"http://127.0.0.1:{_port.Number}/health", Cancel));
        Assert.Equal((0, "not running"), Said(await MakeAsync("stop")));
    }

    [Fact]
    public async Task A_server_that_cannot_start_says_why_and_leaves_no_pid_file()
    {
        var failed = await MakeAsync("start-bg", "ARGS=--no-such-switch");

        Assert.Equal(2, failed.ExitCode);
        Assert.Contains("--no-such-switch", failed.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(PidFile));
    }

    [Fact]
    public async Task A_stale_pid_file_ends_nobody_else()
    {
        using var other = Process.Start("sleep", "600");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(PidFile)!);
            await File.WriteAllTextAsync(PidFile, $"{other.Id}\n", Cancel);

            Assert.Equal((0, "not running"), Said(await MakeAsync("stop")));
            Assert.False(other.HasExited);
        }
        finally
        {
            other.Kill();
        }
    }

    static (int ExitCode, string Output) Said((int ExitCode, string Output) end) => (end.ExitCode, end.Output.Split('\n')[0].Trim());

    async Task<(int ExitCode, string Output)> MakeAsync(string target, params string[] variables)
    {
        var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var start = new ProcessStartInfo(
            "make", ["--no-print-directory", target, "PREBUILT=1", $"PORT={_port.Number}", $"DATA={_folder.FullName}/data", $"CONFIGURATION={configuration}", .. variables])
        {
            WorkingDirectory = Root(),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in (string[])["AGENT_ORCHESTRATOR_TOKEN", "AGENT_ORCHESTRATOR_API_URL", "DATABASE_URL", "MAKEFLAGS", "DOCKER"]) { start.Environment.Remove(name); }
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(_folder.FullName, "config");
        start.Environment["AGENT_ORCHESTRATOR_AGENTS_DIR"] = Path.Combine(_folder.FullName, "agents");
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync(Cancel);
        var output = await process.StandardOutput.ReadToEndAsync(Cancel).WaitAsync(s_patience, Cancel);
        await process.WaitForExitAsync(Cancel).WaitAsync(s_patience, Cancel);
        return (process.ExitCode, output + await errors);
    }

    static string Root([CallerFilePath] string thisFile = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", ".."));
}
