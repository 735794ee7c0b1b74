using System.Diagnostics;
using System.Text;

namespace AgentOrchestrator.ServerTests.Cli;

/// <summary>The real <c>ao</c>, as the server's build brings it along, called as a shell would.</summary>
sealed class AoProgram(Uri server, string folder)
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    // artifacts/bin/AgentOrchestrator.ServerTests/debug → artifacts/bin/AgentOrchestrator.Server/debug/tools/ao
    static readonly string s_build = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    public static string Folder { get; } =
        Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "AgentOrchestrator.Server", s_build, "tools", "ao"));

    public Dictionary<string, string> Environment { get; } = new()
    {
        ["AGENT_ORCHESTRATOR_API_URL"] = server.ToString(),
        ["XDG_CONFIG_HOME"] = Path.Combine(folder, "config"),
        ["XDG_STATE_HOME"] = Path.Combine(folder, "state"),
    };

    /// <param name="line">The program's name and its arguments, without blanks in them.</param>
    public Task<AoEnd> RunAsync(string line, string input = "") => RunAsync(line.Split(' '), input);

    public async Task<AoEnd> RunAsync(string[] words, string input = "")
    {
        await using var call = Start(words, input);
        return await call.EndAsync();
    }

    /// <summary>Standard output of a call that must succeed.</summary>
    public async Task<string> OutputAsync(string line, string input = "")
    {
        var end = await RunAsync(line, input);
        Assert.True(end.ExitCode == 0, $"{line} ended with {end.ExitCode}: {end.Error}");
        return end.Out;
    }

    public AoCall Start(string[] words, string input = "")
    {
        var start = new ProcessStartInfo(Path.Combine(Folder, words[0]), words[1..])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var inherited in start.Environment.Keys.Where(name => name.StartsWith("AGENT_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(inherited);
        }

        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        return new AoCall(process, s_patience);
    }
}

sealed record AoEnd(int ExitCode, string Out, string Error);

/// <summary>A call that has not ended yet.</summary>
sealed class AoCall : IAsyncDisposable
{
    readonly Process _process;
    readonly TimeSpan _patience;
    readonly StringBuilder _said = new();
    readonly Task<string> _out;
    readonly Task<string> _error;

    public AoCall(Process process, TimeSpan patience)
    {
        (_process, _patience) = (process, patience);
        _out = process.StandardOutput.ReadToEndAsync();
        _error = HearAsync();
    }

    /// <summary>What it has written to stderr by now.</summary>
    public string ErrorSoFar
    {
        get
        {
            lock (_said) { return _said.ToString(); }
        }
    }

    public int ProcessId => _process.Id;

    public bool HasEnded => _process.HasExited;

    public async Task<AoEnd> EndAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(_patience);
        return new AoEnd(_process.ExitCode, await _out, await _error);
    }

    async Task<string> HearAsync()
    {
        var buffer = new char[4096];
        for (int read; (read = await _process.StandardError.ReadAsync(buffer)) > 0;)
        {
            lock (_said) { _said.Append(buffer, 0, read); }
        }

        return ErrorSoFar;
    }

    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
