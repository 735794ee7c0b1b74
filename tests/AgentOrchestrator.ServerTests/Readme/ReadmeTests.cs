using System.Diagnostics;
using AgentOrchestrator.ServerTests.Faults;

namespace AgentOrchestrator.ServerTests.Readme;

/// <summary>The README's session, command by command, against the server as a newcomer starts it.</summary>
public sealed class ReadmeTests(ITestOutputHelper output)
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_command_of_the_readme_prints_what_it_shows()
    {
        var commands = ConsoleCommand.Read(await File.ReadAllTextAsync(Path.Combine(FindRoot(), "README.md"), Cancel));
        Assert.True(commands.Count >= 10, "the README has a session");
        await using var server = new ServerProcess { HasAuthentication = true };
        await server.StartAsync(Cancel);

        foreach (var command in commands)
        {
            var (exitCode, printed) = await RunAsync(server, command.Command);
            output.WriteLine($"$ {command.Command}\n{printed}");
            Assert.True(exitCode == 0, $"{command.Command}: exit code {exitCode}\n{printed}");
            Assert.True(command.IsPrintedBy(printed), $"{command.Command}\nshows:\n{command.Expected}\nprinted:\n{printed}");
        }
    }

    static async Task<(int ExitCode, string Output)> RunAsync(ServerProcess server, string command)
    {
        var start = new ProcessStartInfo("bash", ["-c", command])
        {
            WorkingDirectory = server.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = $"{ServerProcess.ToolsFolder}:{start.Environment["PATH"]}";
        start.Environment["AGENT_ORCHESTRATOR_API_URL"] = server.Client.BaseAddress!.ToString().TrimEnd('/');
        start.Environment["XDG_CONFIG_HOME"] = server.ConfigFolder;
        start.Environment.Remove("AGENT_ORCHESTRATOR_TOKEN");
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(Cancel);
        var printed = await process.StandardOutput.ReadToEndAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(120), Cancel);
        await process.WaitForExitAsync(Cancel);
        var complaint = await error;
        return (process.ExitCode, process.ExitCode == 0 ? printed : printed + complaint);
    }

    static string FindRoot([System.Runtime.CompilerServices.CallerFilePath] string thisFile = "")
    {
        var folder = Path.GetDirectoryName(thisFile)!;
        while (!File.Exists(Path.Combine(folder, "AgentOrchestrator.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("run the tests from a checkout");
        }

        return folder;
    }
}
