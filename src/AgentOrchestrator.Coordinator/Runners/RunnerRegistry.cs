using System.Security.Cryptography;
using System.Text;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runners;

namespace AgentOrchestrator.Coordinator.Runners;

/// <summary>Which runners there are: they register and leave.</summary>
public sealed class RunnerRegistry(IRunnerStore runners, TimeProvider time, CoordinatorOptions options)
{
    public const int MaxConcurrent = 10_000;

    /// <summary>Made from host, folder, executor and name, so that a restart finds it again; random where one of the first three is missing.</summary>
    public static string IdentityOf(RegisterRunner request)
    {
        if (request is not { Hostname: { Length: > 0 } host, ProjectDir: { Length: > 0 } folder, ExecutorType: { Length: > 0 } executor })
        {
            return Ids.New("rnr_", 12);
        }

        var name = request.RunnerName is null ? "" : $":{Names.Require(request.RunnerName, "runner_name")}";
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{host}:{folder}:{executor}{name}"));
        return $"lnch_{Convert.ToHexStringLower(hash)[..12]}";
    }

    /// <param name="registeredBy">The id of the caller.</param>
    /// <param name="isPolling">A poll of that identity is held here, so its runner is alive.</param>
    /// <returns>The holder instead, while another runner of that identity is alive.</returns>
    public Task<Registration> RegisterAsync(
        string org, string registeredBy, string runnerId, RegisterRunner request, bool isPolling, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var executorType = FreeText.Check(request.ExecutorType, "executor_type", FreeText.MaxLabelLength);
        var runner = new Runner
        {
            Org = org,
            RunnerId = runnerId,
            Hostname = FreeText.Check(request.Hostname, "hostname", FreeText.MaxLabelLength),
            ProjectDir = FreeText.Check(request.ProjectDir, "project_dir", FreeText.MaxPathLength),
            ExecutorType = executorType,
            Executors = request.Executors is null && executorType is not null
                ? [executorType]
                : FreeText.CheckLabels(request.Executors, "executors"),
            Tags = FreeText.CheckLabels(request.Tags, "tags"),
            InstanceId = FreeText.Check(request.InstanceId, "instance_id", FreeText.MaxLabelLength),
            RegisteredBy = registeredBy,
            KeepsLeases = Declares(request, RunnerCapabilities.Leases),
            AcknowledgesClaims = Declares(request, RunnerCapabilities.ClaimAck),
            Lease = Declares(request, RunnerCapabilities.Leases) ? options.Lease : options.HeartbeatInterval * 2.5,
            MaxConcurrent = request.MaxConcurrent is null or (>= 1 and <= MaxConcurrent)
                ? request.MaxConcurrent
                : throw new ProductException(ErrorCode.Invalid, $"max_concurrent must be 1 to {MaxConcurrent}"),
            RegisteredAt = now,
            LastHeartbeatAt = now,
        };
        return runners.RegisterAsync(runner, isPolling ? options.RunnerRemoved : options.RunnerFresh, cancel);
    }

    public Task<Runner?> FindAsync(string org, string runnerId, CancellationToken cancel) => runners.FindAsync(org, runnerId, cancel);

    public Task<IReadOnlyList<Runner>> ListAsync(string org, CancellationToken cancel) => runners.ListAsync(org, cancel);

    /// <returns>False when it is not registered.</returns>
    public Task<bool> AskToLeaveAsync(string org, string runnerId, CancellationToken cancel) =>
        runners.AskToLeaveAsync(org, runnerId, cancel);

    /// <returns>False when it is not registered.</returns>
    public Task<bool> RemoveAsync(string org, string runnerId, CancellationToken cancel) =>
        runners.RemoveAsync(org, runnerId, cancel);

    public bool IsStale(Runner runner) => SilenceOf(runner) >= options.RunnerStale;

    public TimeSpan SilenceOf(Runner runner)
    {
        var silence = time.GetUtcNow() - runner.LastHeartbeatAt;
        return silence < TimeSpan.Zero ? TimeSpan.Zero : silence;
    }

    static bool Declares(RegisterRunner request, string capability) => request.Capabilities?.Contains(capability) is true;
}
