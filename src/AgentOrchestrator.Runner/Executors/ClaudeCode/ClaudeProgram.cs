using System.Diagnostics.CodeAnalysis;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Runner.Processes;

namespace AgentOrchestrator.Runner.Executors.ClaudeCode;

/// <summary>Where Claude Code is on this host, and which version.</summary>
/// <param name="nameOrPath"><c>claude</c>, to be found on <c>PATH</c>, or the path of the program.</param>
sealed class ClaudeProgram(string nameOrPath)
{
    /// <summary>Names the program where it is not on <c>PATH</c>.</summary>
    public const string Variable = "AGENT_ORCHESTRATOR_CLAUDE";

    // A cold start from a slow disk reads some 400 MB.
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public string Missing =>
        $"Claude Code was not found as '{nameOrPath}'. Install it with 'npm install -g @anthropic-ai/claude-code', or set {Variable} to the program's path.";

    public static ClaudeProgram FromEnvironment() => new(Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path ? path : "claude");

    public bool TryFind([NotNullWhen(true)] out string? path)
    {
        path = Executables.Find(nameOrPath, Environment.GetEnvironmentVariable("PATH"));
        return path is not null;
    }

    public async Task<ExecutorAvailability> DetectAsync(CancellationToken cancel)
    {
        if (!TryFind(out var path)) { return new ExecutorAvailability(false, Missing); }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(s_patience);
        try
        {
            await using var process = ChildProcess.Start(new ProcessSpec
            {
                Program = path,
                Arguments = ["--version"],
                WorkingDirectory = Path.GetTempPath(),
                Environment = Visible(),
            });
            process.CloseInput();
            var version = "";
            await foreach (var line in process.ReadLinesAsync(patience.Token).ConfigureAwait(false)) { version += line.Text; }
            var exit = await process.Exit.WaitAsync(patience.Token).ConfigureAwait(false);
            return exit.Code == 0
                ? new ExecutorAvailability(true, $"{version.Trim()} at {path}")
                : new ExecutorAvailability(false, $"{path} --version {exit}: {process.ErrorTail.Trim()}");
        }
        catch (ProductException refused)
        {
            return new ExecutorAvailability(false, refused.Message);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new ExecutorAvailability(false, $"{path} --version gave no answer within {s_patience.TotalSeconds} s.");
        }
    }

    static Dictionary<string, string> Visible()
    {
        var visible = new Dictionary<string, string> { ["DISABLE_AUTOUPDATER"] = "1" };
        foreach (var name in new[] { "PATH", "HOME", "USERPROFILE", "SystemRoot" })
        {
            if (Environment.GetEnvironmentVariable(name) is { } value) { visible[name] = value; }
        }

        return visible;
    }
}
