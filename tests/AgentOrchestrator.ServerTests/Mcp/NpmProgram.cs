using System.Diagnostics;
using Xunit;

namespace AgentOrchestrator.ServerTests.Mcp;

/// <summary>A program that <c>.ci/install</c> brings from npm.</summary>
static class NpmProgram
{
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(4);

    /// <summary>Skips the test where the program is not installed; fails it there in CI.</summary>
    public static string Find(string name)
    {
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        if (found is null)
        {
            var why = $"{name} is not on PATH: .ci/install installs it, and prints the folder that belongs there.";
            Assert.SkipWhen(Environment.GetEnvironmentVariable("TEST_LEVEL") != "full", why);
            Assert.Fail(why);
        }

        return found;
    }

    public static async Task<(int ExitCode, string Out)> RunAsync(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(s_patience);
        }
        catch (Exception)
        {
            process.Kill();
            throw;
        }

        return (process.ExitCode, await output + await error);
    }
}
