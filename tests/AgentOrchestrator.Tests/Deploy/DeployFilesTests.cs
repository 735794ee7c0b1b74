using System.Diagnostics;
using System.Text.RegularExpressions;
using AgentOrchestrator.Runner.Processes;
using AgentOrchestrator.Tests.Architecture;
using Xunit;

namespace AgentOrchestrator.Tests.Deploy;

/// <summary>What the files of deploy/ name exists, and systemd takes the units.</summary>
public sealed partial class DeployFilesTests
{
    static readonly string s_deploy = Path.Combine(Repository.Root, "deploy");

    [Fact]
    public void Every_path_that_the_Dockerfile_copies_exists_and_reaches_the_build()
    {
        var copied = Copy().Matches(Read("Dockerfile")).SelectMany(match => match.Groups[1].Value.Split(' ')[..^1]).ToList();
        var sent = File.ReadAllLines(Path.Combine(Repository.Root, ".dockerignore")).Where(line => line.StartsWith('!')).Select(line => line[1..]).ToList();

        Assert.True(copied.Count > 10);
        Assert.All(copied, path => Assert.True(Path.Exists(Path.Combine(Repository.Root, path)), path));
        Assert.All(copied, path => Assert.Contains(path.Split('/')[0], sent));
    }

    [Fact]
    public void The_Dockerfile_restores_every_project_that_it_publishes()
    {
        var projects = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, file));

        Assert.All(projects, project => Assert.Contains(project, Read("Dockerfile"), StringComparison.Ordinal));
    }

    [Fact]
    public void Images_run_as_nobody_special_and_the_server_is_looked_after()
    {
        var stages = Read("Dockerfile").Split("\nFROM ").Where(stage => stage.Contains("ENTRYPOINT", StringComparison.Ordinal)).ToList();

        Assert.Equal(2, stages.Count);
        Assert.All(stages, stage => Assert.Matches(@"USER \$APP_UID[\s\S]*ENTRYPOINT", stage));
        Assert.Contains("HEALTHCHECK", stages.Single(stage => stage.Contains("AgentOrchestrator.Server", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void What_compose_takes_from_its_environment_is_made_or_has_a_default()
    {
        var asked = Variable().Matches(Read("compose.yaml")).Select(match => (Name: match.Groups[1].Value, HasDefault: match.Groups[2].Value is ":-"));

        Assert.All(asked.Where(variable => !variable.HasDefault), variable => Assert.Equal("POSTGRES_PASSWORD", variable.Name));
        Assert.Contains("POSTGRES_PASSWORD=", File.ReadAllText(Path.Combine(Repository.Root, "Makefile")), StringComparison.Ordinal);
        Assert.Contains("deploy/.env", File.ReadAllText(Path.Combine(Repository.Root, ".gitignore")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("agent-orchestrator.service")]
    [InlineData("agent-orchestrator-runner.service")]
    public async Task Systemd_takes_the_unit(string unit)
    {
        Assert.SkipWhen(Executables.Find("systemd-analyze", Environment.GetEnvironmentVariable("PATH")) is null, "There is no systemd-analyze here.");
        var folder = Directory.CreateTempSubdirectory("ao-unit-");
        var path = Path.Combine(folder.FullName, unit);

        // The program and the users are made by the installation.
        var text = Regex.Replace(Read(Path.Combine("systemd", unit)), "^ExecStart=[^ ]+", "ExecStart=/bin/true", RegexOptions.Multiline);
        await File.WriteAllTextAsync(path, Regex.Replace(text, "^(User|Group)=.*$", "$1=root", RegexOptions.Multiline), TestContext.Current.CancellationToken);
        using var process = Process.Start(new ProcessStartInfo("systemd-analyze", ["verify", "--man=no", path]) { RedirectStandardError = true })!;
        var said = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        folder.Delete(recursive: true);

        Assert.Equal((0, ""), (process.ExitCode, string.Join('\n', said.Split('\n').Where(line => line.Contains(unit, StringComparison.Ordinal)))));
    }

    [Fact]
    public void A_restart_of_the_runner_leaves_its_work_alone()
    {
        var unit = Read(Path.Combine("systemd", "agent-orchestrator-runner.service"));

        Assert.Contains("\nKillMode=process\n", unit, StringComparison.Ordinal);
        Assert.Contains("\nDelegate=yes\n", unit, StringComparison.Ordinal);
        Assert.Contains("\nRestart=always\n", unit, StringComparison.Ordinal);
    }

    static string Read(string file) => File.ReadAllText(Path.Combine(s_deploy, file));

    [GeneratedRegex("^COPY (?!--from)(.+)$", RegexOptions.Multiline)]
    private static partial Regex Copy();

    [GeneratedRegex(@"\$\{([A-Z_]+)(:-|:\?)?")]
    private static partial Regex Variable();
}
