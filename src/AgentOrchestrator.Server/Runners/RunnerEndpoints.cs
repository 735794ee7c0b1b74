using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runners;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Audit;
using AgentOrchestrator.Server.Hosting;
using AgentOrchestrator.Server.Http;
using AgentOrchestrator.Server.Runs;

namespace AgentOrchestrator.Server.Runners;

/// <summary>Runners come, live and go; in the older vocabulary they are launchers.</summary>
static class RunnerEndpoints
{
    public static void MapRunners(this IEndpointRouteBuilder app)
    {
        Map(app, Vocabulary.Runs, "/runner", "/runners");
        Map(app, Vocabulary.Jobs, "/launcher", "/launchers");
    }

    static void Map(IEndpointRouteBuilder app, Vocabulary words, string own, string all)
    {
        app.MapPost($"{own}/register", (
                    HttpContext http, Principal caller, RunnerRegistry registry, ParkedPolls polls, CoordinatorOptions options,
                    LifeSign sign, CancellationToken cancel) =>
                Register(http, words, caller, registry, polls, options, sign, cancel))
            .Require(Role.Runner).WithoutLimit().Takes<RegisterRunner>(isOptional: true).Answers<RunnerRegistered>()
            .WithSummary("Registers a runner; under the identity of its host, folder and executor where it gives them.");
        app.MapPost($"{own}/heartbeat", (
                    HttpRequest request, Principal caller, RunnerRegistry registry, RunLeases leases, CancellationToken cancel) =>
                Beat(request, words, caller, registry, leases, cancel))
            .Require(Role.Runner).WithoutAudit().WithoutLimit().Takes<Heartbeat>()
            .WithSummary("A sign of life that renews leases; says which runs to stop and which are lost.");
        app.MapGet(all, List).Require(Role.Viewer, Role.Runner).WithSummary("All registered runners.");
        app.MapDelete($"{all}/{{id}}", (
                    string id, HttpRequest request, Principal caller, RunnerRegistry registry, CancellationToken cancel) =>
                Deregister(id, request, words, caller, registry, cancel))
            .Require(Role.Operator, Role.Runner).WithoutLimit().WithSummary("Removes a runner: at once with self=true, else told at its next poll.");
    }

    static async Task<IResult> Register(
        HttpContext http, Vocabulary words, Principal caller, RunnerRegistry registry, ParkedPolls polls, CoordinatorOptions options,
        LifeSign sign, CancellationToken cancel)
    {
        var request = await http.Request.ReadAsync(ProtocolJson.Default.RegisterRunner, cancel, isOptional: words.IsOlder);
        var runnerId = words.IsOlder ? Ids.NewRunner() : RunnerRegistry.IdentityOf(request);
        var registration = await registry.RegisterAsync(
            caller.Org, caller.Id, runnerId, request, polls.IsPolling(caller.Org, runnerId), cancel);
        return registration switch
        {
            { Registered: { } runner } => Answer.Of(
                runner.ToRegistered(words, options, sign.Name), ProtocolJson.Default.RunnerRegistered),
            { Holder: { } holder } => new DuplicateRunner(holder, request),
            _ => throw new ProductException(ErrorCode.Internal, Problems.OurFault),
        };
    }

    static async Task<Answer<HeartbeatAnswer>> Beat(
        HttpRequest request, Vocabulary words, Principal caller, RunnerRegistry registry, RunLeases leases, CancellationToken cancel)
    {
        var beat = await request.ReadAsync(ProtocolJson.Default.Heartbeat, cancel);
        var runnerId = RunnerIds.Require(beat.RunnerId ?? beat.LauncherId);
        await RequireOwnAsync(caller, runnerId, beat.InstanceId, words, registry, cancel);
        var renewed = await leases.NoteHeartbeatAsync(caller.Org, runnerId, beat.Runs, cancel) ?? throw words.RunnerUnknown();
        return Answer.Of(renewed.ToAnswer(), ProtocolJson.Default.HeartbeatAnswer);
    }

    // One that is not registered is for the caller to find out.
    static async Task RequireOwnAsync(
        Principal caller, string runnerId, string? instanceId, Vocabulary words, RunnerRegistry registry, CancellationToken cancel)
    {
        if ((caller.Role is Role.Runner || instanceId is not null) && await registry.FindAsync(caller.Org, runnerId, cancel) is { } runner)
        {
            RunnerIds.RequireOwn(caller, runner);
            RunnerIds.RequireCurrent(runner, instanceId, words);
        }
    }

    static async Task<Answer<RunnerList>> List(Principal caller, RunnerRegistry registry, CancellationToken cancel)
    {
        var runners = await registry.ListAsync(caller.Org, cancel);
        return Answer.Of(new RunnerList([.. runners.Select(runner => runner.ToView(registry))]), ProtocolJson.Default.RunnerList);
    }

    static async Task<Answer<Deregistered>> Deregister(
        string id, HttpRequest request, Vocabulary words, Principal caller, RunnerRegistry registry, CancellationToken cancel)
    {
        await RequireOwnAsync(caller, id, request.ReadWord("instance_id"), words, registry, cancel);
        var isSelf = request.ReadFlag("self");
        var isKnown = isSelf
            ? await registry.RemoveAsync(caller.Org, id, cancel)
            : await registry.AskToLeaveAsync(caller.Org, id, cancel);
        if (!isKnown)
        {
            throw words.RunnerNotFound();
        }

        var answer = isSelf
            ? new Deregistered(true, $"{words.Runner} deregistered", "self")
            : new Deregistered(true, $"{words.Runner} marked for deregistration", "external");
        return Answer.Of(answer, ProtocolJson.Default.Deregistered);
    }
}
