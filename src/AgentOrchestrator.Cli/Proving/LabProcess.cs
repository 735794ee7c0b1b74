using System.Diagnostics;
using System.Runtime.InteropServices;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Cli.Proving;

/// <summary>A program of the laboratory: started, killed and started again. What it prints goes to a file.</summary>
sealed partial class LabProcess(string program, string[] arguments, string folder, string log, IReadOnlyDictionary<string, string?> environment) : IDisposable
{
    const int SigTerm = 15, SigStop = 19, SigContinue = 18;

    Process? _process;

    public bool HasEnded => _process is null or { HasExited: true };

    public void Start()
    {
        _process?.Dispose();
        // The shell's only part is to lead the output into the file: a pipe would block the program when this one is slow.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" \"$@\" >>\"$AO_LAB_LOG\" 2>&1", program, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["AO_LAB_LOG"] = log;
        _process = Process.Start(start)!;
        _process.StandardInput.Close();
    }

    /// <summary>kill -9, of the one process alone.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    /// <summary>Asks it to end, and waits.</summary>
    /// <exception cref="ProductException">Timeout when it does not.</exception>
    public async Task EndAsync(TimeSpan within, CancellationToken cancel)
    {
        Signal(SigTerm);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(within);
        try
        {
            await _process!.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new ProductException(ErrorCode.Timeout, $"{program} does not end; {log} says why");
        }
    }

    public void Freeze() => Signal(SigStop);

    public void Thaw() => Signal(SigContinue);

    public void Dispose()
    {
        if (_process is { HasExited: false } alive)
        {
            alive.Kill();
            alive.WaitForExit();
        }

        _process?.Dispose();
    }

    void Signal(int signal)
    {
        if (_process is { HasExited: false } alive)
        {
            // One that has just ended by itself needs no signal.
            _ = Send(alive.Id, signal);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Send(int id, int signal);
}
