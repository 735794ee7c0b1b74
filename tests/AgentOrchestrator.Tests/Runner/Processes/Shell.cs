using AgentOrchestrator.Runner.Processes;
using Xunit;

namespace AgentOrchestrator.Tests.Runner.Processes;

/// <summary>Starts small shell scripts as a run would, and looks for what they left behind.</summary>
static class Shell
{
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    public static ChildProcess Start(string script, string? token = null, int maxLineBytes = 1024 * 1024)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("needs a POSIX shell");
        }

        var environment = new Dictionary<string, string> { ["PATH"] = "/usr/local/bin:/usr/bin:/bin", ["LANG"] = "C" };
        if (token is not null)
        {
            environment[ProcessMark.Variable] = token;
        }

        return ChildProcess.Start(new ProcessSpec
        {
            Program = "sh",
            Arguments = ["-c", script],
            WorkingDirectory = Path.GetTempPath(),
            Environment = environment,
            MaxLineBytes = maxLineBytes,
        });
    }

    public static async Task<List<OutputLine>> ReadAllAsync(ChildProcess child)
    {
        var lines = new List<OutputLine>();
        await foreach (var line in child.ReadLinesAsync(CancellationToken.None).ConfigureAwait(false))
        {
            lines.Add(line);
        }

        return lines;
    }

    /// <summary>Reads on until a line is this text.</summary>
    public static async Task ReadToAsync(IAsyncEnumerator<OutputLine> lines, string text)
    {
        while (await lines.MoveNextAsync().AsTask().WaitAsync(Soon))
        {
            if (lines.Current.Text == text)
            {
                return;
            }
        }

        Assert.Fail($"the output ended without \"{text}\"");
    }

    public static bool IsAlive(int id) => ProcFs.Find(id) is not null;

    public static void NeedsLinux()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("process trees are followed on Linux only");
        }
    }
}
