using System.ComponentModel;
using System.Diagnostics;
using AgentOrchestrator.Tools.Outbound;
using AgentOrchestrator.Tools.Servers;

namespace AgentOrchestrator.Tools.Mcp;

/// <summary>A server that is a program of this machine. It sees a short environment, and ends with the connection.</summary>
sealed class StdioProgram : IAsyncDisposable
{
    const int MaxLastWords = 500;

    static readonly string[] s_inherited =
    [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "LANG", "LC_ALL", "TZ", "TMPDIR", "TEMP", "TMP",
        "SystemRoot", "SystemDrive", "ComSpec", "PATHEXT", "APPDATA", "LOCALAPPDATA", "ProgramFiles", "USERPROFILE", "USERNAME",
    ];

    static readonly TimeSpan s_goodbye = TimeSpan.FromSeconds(2);

    readonly Process _process;
    readonly Task _listening;
    readonly List<string> _secrets;
    string _said = "";

    StdioProgram(Process process, ToolServerConfig config, int maxLineBytes)
    {
        _process = process;
        _secrets = [.. config.Environment.Values.Where(value => value.Length > 0)];
        Output = new BoundedStream(process.StandardOutput.BaseStream, maxLineBytes, BoundedUnit.Line);
        _listening = ListenAsync();
    }

    public Stream Input => _process.StandardInput.BaseStream;

    public Stream Output { get; }

    /// <summary>The end of its standard error, without the values that were put into its environment.</summary>
    public string LastWords => _secrets.Aggregate(Volatile.Read(ref _said), (text, secret) => text.Replace(secret, "***", StringComparison.Ordinal)).Trim();

    /// <exception cref="ToolException">There is no such program.</exception>
    public static StdioProgram Start(ToolServerConfig config, int maxLineBytes)
    {
        var start = new ProcessStartInfo(config.Command!, config.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        start.Environment.Clear();
        foreach (var name in s_inherited)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value) { start.Environment[name] = value; }
        }

        foreach (var (name, value) in config.Environment) { start.Environment[name] = value; }
        try
        {
            return new StdioProgram(Process.Start(start)!, config, maxLineBytes);
        }
        catch (Win32Exception fault)
        {
            throw new ToolException($"The program '{config.Command}' of the tool server '{config.Key}' could not be started.", fault);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync().WaitAsync(s_goodbye).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or TimeoutException)
        {
            // It does not go by itself.
        }

        if (!_process.HasExited)
        {
#pragma warning disable RS0030 // The library has no keeper; a run's programs are also held by the keeper of its runner.
            _process.Kill(entireProcessTree: true);
#pragma warning restore RS0030
            await _process.WaitForExitAsync().ConfigureAwait(false);
        }

        _process.Dispose();
    }

    // Always read, or a talkative program would block; only its end is kept.
    async Task ListenAsync()
    {
        var buffer = new char[4_096];
        try
        {
            while (await _process.StandardError.ReadAsync(buffer).ConfigureAwait(false) is var count and > 0)
            {
                var said = _said + new string(buffer, 0, count);
                Volatile.Write(ref _said, said.Length <= MaxLastWords ? said : said[^MaxLastWords..]);
            }
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Its end.
        }
    }
}
