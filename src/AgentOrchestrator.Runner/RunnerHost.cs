using System.Collections;
using AgentOrchestrator.Protocol.Secrets;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Runner.Attempts;
using AgentOrchestrator.Runner.Executors;
using AgentOrchestrator.Runner.Keeper;
using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Runner;

/// <summary>A runner from its parts: the same inside the server and as <c>ao runner</c>.</summary>
/// <param name="executors">What it may offer, the preferred first; each is looked for on this host.</param>
/// <param name="environment">What runs may see a chosen part of; the process's own when null.</param>
public sealed partial class RunnerHost(
    RunnerOptions options,
    IReadOnlyList<IExecutor> executors,
    ILoggerFactory logs,
    TimeProvider? time = null,
    IReadOnlyDictionary<string, string>? environment = null)
{
    readonly ILogger _log = logs.CreateLogger<RunnerHost>();
    readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Runs until <paramref name="shutdown"/> or until there is no use in going on.</summary>
    /// <returns>Why it ended. At a shutdown its executors have been stopped and their runs reported as failed with reason <c>shutdown</c>.</returns>
    /// <exception cref="ProductException">It cannot start: its folder is in use or cannot be written, or this host can execute nothing.</exception>
    public async Task<RunnerExit> RunAsync(CancellationToken shutdown)
    {
        using var state = StateFolder.Open(options.StateDirectory);
        try
        {
            var catalog = await ExecutorCatalog.DetectAsync(executors, _log, shutdown).ConfigureAwait(false);
            if (catalog.Default is not { } preferred)
            {
                throw new ProductException(ErrorCode.NotPossible, "this host can execute nothing; the log says what to install");
            }

            return await RunAsync(state, catalog, preferred, shutdown).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (shutdown.IsCancellationRequested)
        {
            return RunnerExit.Shutdown;
        }
    }

    async Task<RunnerExit> RunAsync(StateFolder state, ExecutorCatalog catalog, string preferred, CancellationToken shutdown)
    {
        var self = new RegisterRunner
        {
            Hostname = Environment.MachineName,
            ProjectDir = options.ProjectDirectory,
            ExecutorType = preferred,
            Executors = catalog.Types,
            Tags = options.Tags,
            RunnerName = options.Name,
            InstanceId = state.InstanceId,
            Capabilities = [RunnerCapabilities.Leases, RunnerCapabilities.ClaimAck],
            MaxConcurrent = options.MaxConcurrent,
        };
        using var api = new CoordinatorApi(options.Server, options.Token);
        using var link = new CoordinatorLink(api, self, _time, logs.CreateLogger<CoordinatorLink>());
        using var keeper = new KeeperLink(Path.GetFullPath(options.StateDirectory), options, logs.CreateLogger<KeeperLink>());
        var host = environment ?? ReadEnvironment();
        var redactor = new Redactor(KnownSecret.Of(host));
        var environments = new RunEnvironment(host, options);
        var execution = new Execution(catalog, environments, options, logs.CreateLogger<Execution>());
        var course = new AttemptCourse(state, link, keeper, catalog, execution, redactor, options, _time, logs.CreateLogger<AttemptCourse>());
        LogRunning(options.Server, options.ProjectDirectory, options.StateDirectory);
        return await new RunnerLoop(state, link, api, course, options, _time, logs.CreateLogger<RunnerLoop>())
            .RunAsync(shutdown)
            .ConfigureAwait(false);
    }

    /// <summary>The secrets in this process's own environment.</summary>
    public static IReadOnlyList<KnownSecret> FindSecrets() => KnownSecret.Of(ReadEnvironment());

    static Dictionary<string, string> ReadEnvironment() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string)e.Value!);

    [LoggerMessage(LogLevel.Information, "Runner for {Server}, working in {Folder}, state in {State}")]
    partial void LogRunning(Uri server, string folder, string state);
}
