using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Runner.Processes.Containers;

namespace AgentOrchestrator.Runner;

/// <summary>What a runner is told at its start, and every bound that it keeps.</summary>
public sealed record RunnerOptions
{
    internal const long MiB = 1024 * 1024;

    public required Uri Server { get; init; }

    /// <summary>A token with the role runner; null for a server without authentication.</summary>
    public string? Token { get; init; }

    /// <summary>Journal, spools and identity. One runner at a time.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>Where runs work that name no folder.</summary>
    public required string ProjectDirectory { get; init; }

    /// <summary>Where the folders of agents lie on this host, for those whose program lies in them; null when they do not.</summary>
    public string? AgentsDirectory { get; init; }

    /// <summary>Tells it apart from other runners of this host and folder.</summary>
    public string? Name { get; init; }

    /// <summary>What it offers beside its executors; demands of runs ask for tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The most runs at a time.</summary>
    /// <value>64.</value>
    public int MaxConcurrent { get; init; } = 64;

    /// <summary>How long a poll may be held open beyond what the server says; null = as the server says.</summary>
    public TimeSpan? PollTimeout { get; init; }

    /// <summary>How often leases are renewed; null, or longer than the server says, = as the server says.</summary>
    public TimeSpan? HeartbeatInterval { get; init; }

    /// <summary>How long it looks for a server that does not answer while it has no run. With runs it looks for ever.</summary>
    /// <value>15 minutes; null = for ever.</value>
    public TimeSpan? GiveUpAfter { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How much output of one run may wait for the server; then its executor waits.</summary>
    /// <value>64 MiB.</value>
    public long MaxSpoolBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>The command that starts this host's keeper; null = programs are children of the runner and end with it.</summary>
    /// <value>null; the product's own programs set their own, see <see cref="Keeper.KeeperMode"/>.</value>
    public IReadOnlyList<string>? KeeperCommand { get; init; }

    /// <summary>How much output of one program the keeper keeps; a program that is further ahead of the runner waits.</summary>
    /// <value>64 MiB.</value>
    public long MaxKeptBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>How long the keeper waits for a runner to come back before it ends all programs.</summary>
    /// <value>30 seconds.</value>
    public TimeSpan OrphanGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long before the end of its lease a run's program is killed; never more than a quarter of the lease.</summary>
    /// <value>5 seconds.</value>
    public TimeSpan LeaseMargin { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Whether a connection that a server on another host refuses means that it does not run, so that its programs may live on. True only where
    /// nothing on the way refuses in its name: no forwarder, no balancer, no firewall that rejects.
    /// </summary>
    public bool TakesRefusedForDown { get; init; }

    /// <summary>The surest container that is tried for the programs of runs.</summary>
    public ContainerKind Containment { get; init; } = ContainerKind.Cgroup;

    /// <summary>What the programs of a run may take, where the agent does not say; as far as the host can hold them to it.</summary>
    /// <value>Three quarters of the memory that this host has for us, and 4,096 processes and threads.</value>
    public RunLimits Limits { get; init; } = new(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 * 3, 4096);

    /// <summary>How much room the disk of the state folder must have for runs to be claimed.</summary>
    /// <value>64 MiB.</value>
    public long MinFreeBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>How long a program may take to end by itself when it is told to stop, before it is killed with all that it started.</summary>
    /// <value>10 seconds.</value>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an executor may take to stop before the runner itself kills all that the run started.</summary>
    /// <value>12 seconds, so that a stop is done in 15.</value>
    public TimeSpan StopLimit { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>As <see cref="StopLimit"/>, when the runner itself is shut down.</summary>
    /// <value>6 seconds: with the farewell less than the 10 that a server takes to drain.</value>
    public TimeSpan ShutdownStopLimit { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>How long a shutdown may take to deliver the last reports; what is left is delivered by the next start.</summary>
    /// <value>2 seconds.</value>
    public TimeSpan FarewellLimit { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The folder of <c>ao</c> and its other names, put first on the <c>PATH</c> of runs; null where there is none.</summary>
    public string? CommandsDirectory { get; init; }

    /// <summary>
    /// Reads <c>PROJECT_DIR</c>, <c>AGENT_ORCHESTRATOR_AGENTS_DIR</c>, <c>RUNNER_TAGS</c> (comma), <c>RUNNER_NAME</c>, <c>RUNNER_STATE_DIR</c>, <c>RUNNER_MAX_CONCURRENT</c>,
    /// <c>RUNNER_STOP_GRACE</c>, <c>RUNNER_ORPHAN_GRACE</c>, <c>POLL_TIMEOUT</c> and <c>HEARTBEAT_INTERVAL</c> (seconds), <c>RUNNER_CONTAINMENT</c>
    /// (<c>cgroup</c>, <c>namespace</c>, <c>marks</c>), <c>RUNNER_MEMORY_LIMIT</c> (MiB), <c>RUNNER_PROCESS_LIMIT</c>, <c>RUNNER_REFUSED_IS_DOWN</c> (<c>true</c>, <c>false</c>).
    /// </summary>
    /// <exception cref="ProductException"><see cref="ErrorCode.Invalid"/>, naming the variable.</exception>
    public static RunnerOptions FromEnvironment(Uri server, string? token, Func<string, string?> environment)
    {
        var name = Text(environment, "RUNNER_NAME");
        var project = Path.GetFullPath(Text(environment, "PROJECT_DIR") ?? Text(environment, "AGENT_ORCHESTRATOR_PROJECT_DIR") ?? Directory.GetCurrentDirectory());
        return new RunnerOptions
        {
            Server = server,
            Token = token,
            ProjectDirectory = project,
            StateDirectory = Text(environment, "RUNNER_STATE_DIR") ?? DefaultStateDirectory(server, project, name, environment),
            Name = name,
            Tags = (Text(environment, "RUNNER_TAGS") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            MaxConcurrent = Number(environment, "RUNNER_MAX_CONCURRENT") ?? 64,
            PollTimeout = Number(environment, "POLL_TIMEOUT") is { } poll ? TimeSpan.FromSeconds(poll) : null,
            HeartbeatInterval = Number(environment, "HEARTBEAT_INTERVAL") is { } beat ? TimeSpan.FromSeconds(beat) : null,
            CommandsDirectory = FindCommands(),
            AgentsDirectory = Path.GetFullPath(
                Text(environment, "AGENT_ORCHESTRATOR_AGENTS_DIR") ?? Path.Combine(".agent-orchestrator", "agents"), project),
            KeeperCommand = Keeper.KeeperMode.Command,
            StopGrace = TimeSpan.FromSeconds(Number(environment, "RUNNER_STOP_GRACE") ?? 10),
            StopLimit = TimeSpan.FromSeconds(2 + (Number(environment, "RUNNER_STOP_GRACE") ?? 10)),
            OrphanGrace = TimeSpan.FromSeconds(Number(environment, "RUNNER_ORPHAN_GRACE") ?? 30),
            TakesRefusedForDown = Flag(environment, "RUNNER_REFUSED_IS_DOWN"),
            Containment = Container(Text(environment, "RUNNER_CONTAINMENT")),
            Limits = ReadLimits(environment),
        };
    }

    /// <summary>What the programs of one run may take.</summary>
    internal RunLimits LimitsOf(AgentView? agent) =>
        new(agent?.MaxMemoryMb is { } most ? most * MiB : Limits.MemoryBytes, agent?.MaxProcesses ?? Limits.Processes);

    /// <summary>How long a program may live after a renewal of its lease was asked for.</summary>
    internal TimeSpan LifeOf(int leaseSeconds)
    {
        var lease = TimeSpan.FromSeconds(leaseSeconds);
        return lease - (LeaseMargin < lease / 4 ? LeaseMargin : lease / 4);
    }

    /// <summary>The folder of <c>ao</c>: this program's own, or <c>tools/ao</c> in it, where the server's build puts it.</summary>
    public static string? FindCommands()
    {
        var name = OperatingSystem.IsWindows() ? "ao.exe" : "ao";
        string[] folders = [AppContext.BaseDirectory, Path.Combine(AppContext.BaseDirectory, "tools", "ao")];
        return folders.FirstOrDefault(folder => Processes.Executables.Find(Path.Combine(folder, name), null) is not null);
    }

    static string DefaultStateDirectory(Uri server, string project, string? name, Func<string, string?> environment)
    {
        var root = Text(environment, "XDG_STATE_HOME")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
        var identity = SHA256.HashData(Encoding.UTF8.GetBytes($"{server}\n{project}\n{name}"));
        return Path.Combine(root, "agent-orchestrator", "runners", Convert.ToHexStringLower(identity)[..12]);
    }

    static string? Text(Func<string, string?> environment, string name) =>
        environment(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

    static ContainerKind Container(string? text) => text?.ToUpperInvariant() switch
    {
        null or "CGROUP" => ContainerKind.Cgroup,
        "NAMESPACE" => ContainerKind.Namespace,
        "MARKS" => ContainerKind.Marks,
        _ => throw new ProductException(ErrorCode.Invalid, $"RUNNER_CONTAINMENT must be cgroup, namespace or marks, not '{text}'"),
    };

    static RunLimits ReadLimits(Func<string, string?> environment)
    {
        var byDefault = new RunnerOptions { Server = null!, StateDirectory = "", ProjectDirectory = "" }.Limits;
        return new RunLimits(
            Number(environment, "RUNNER_MEMORY_LIMIT", AgentLimits.MaxMemoryMb) is { } most ? most * MiB : byDefault.MemoryBytes,
            Number(environment, "RUNNER_PROCESS_LIMIT", AgentLimits.MaxProcesses) ?? byDefault.Processes);
    }

    static bool Flag(Func<string, string?> environment, string name) => Text(environment, name)?.ToUpperInvariant() switch
    {
        null or "0" or "FALSE" => false,
        "1" or "TRUE" => true,
        var other => throw new ProductException(ErrorCode.Invalid, $"{name} must be true or false, not '{other}'"),
    };

    static int? Number(Func<string, string?> environment, string name, int most = 86_400) => Text(environment, name) switch
    {
        null => null,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= most => number,
        var text => throw new ProductException(ErrorCode.Invalid, $"{name} must be a whole number from 1 to {most}, not '{text}'"),
    };
}
