using System.Diagnostics;

namespace AgentOrchestrator.ServerTests.Faults;

/// <summary>Makes calls of the system fail in a process that runs. Needs strace, and the right to trace.</summary>
sealed class InjectedFault : IAsyncDisposable
{
    readonly Process _strace;
    readonly string _trace;

    InjectedFault(Process strace, string trace) => (_strace, _trace) = (strace, trace);

    /// <summary>Whether a call has failed because of it.</summary>
    public bool HasFailed => File.ReadAllText(_trace).Contains("(INJECTED)", StringComparison.Ordinal);

    /// <param name="fault">As <c>strace -e inject=</c> takes it; it counts from now on.</param>
    public static async Task<InjectedFault> IntoAsync(Process target, string fault, CancellationToken cancel)
    {
        var trace = Path.GetTempFileName();
        var start = new ProcessStartInfo("strace", ["-f", "-p", $"{target.Id}", "-e", $"trace={fault.Split(':')[0]}", "-e", $"inject={fault}", "-o", trace])
        {
            RedirectStandardError = true,
        };
        Process strace;
        try
        {
            strace = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            Refuse(missing.Message);
            throw;
        }

        // It says so of the process once it has all of its threads.
        if (await strace.StandardError.ReadLineAsync(cancel) is not { } said || !said.Contains("attached", StringComparison.Ordinal))
        {
            Refuse(await strace.StandardError.ReadToEndAsync(cancel));
        }

        _ = strace.StandardError.ReadToEndAsync(CancellationToken.None);
        return new InjectedFault(strace, trace);
    }

    /// <summary>Lets go of the process, which works as before then: the kernel detaches what a tracer leaves.</summary>
    public async ValueTask DisposeAsync()
    {
        _strace.Kill();
        await _strace.WaitForExitAsync();
        _strace.Dispose();
        File.Delete(_trace);
    }

    static void Refuse(string why)
    {
        Assert.False(Environment.GetEnvironmentVariable("TEST_LEVEL") == "full", $"needs strace: {why}");
        Assert.Skip($"needs strace: {why}");
    }
}
