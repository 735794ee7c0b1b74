using System.Diagnostics;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Secrets;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>Who asks for a run.</summary>
/// <param name="Actor">Kept in the <c>run_queued</c> event.</param>
/// <param name="OwnSessionId">Set for an agent inside a run: whatever it starts is a child of that session.</param>
/// <param name="TraceParent">The W3C trace context of the request; the run carries it to its executor.</param>
public sealed record RunRequester(string Org, string Actor, string? OwnSessionId = null, string? TraceParent = null);

/// <summary>Accepts runs: checks the request, pins the agent, enqueues.</summary>
public sealed class RunQueue(
    IRunStore runs, ISessionStore sessions, IAgentCatalog agents, Redactor redactor, CoordinatorOptions options, TimeProvider time)
{
    /// <exception cref="ProductException">
    /// Invalid, naming the field; NotFound for an unknown session, parent or agent; Conflict for a taken name or an inactive agent.
    /// </exception>
    public async Task<Outcome<Run>> EnqueueAsync(
        RunRequester requester, CreateRun request, IdempotencyKey? key, CancellationToken cancel)
    {
        var type = request.Type
            ?? throw new ProductException(ErrorCode.Invalid, "type is required: start_session or resume_session");
        using var span = Tracing.Begin("enqueue run", ActivityKind.Producer, requester.TraceParent);
        var run = new NewRun
        {
            Org = requester.Org,
            RunId = Ids.NewRun(),
            Type = type,
            Prompt = redactor.Redact(FreeText.Require(request.Prompt, "prompt", options.MaxPromptLength)),
            ProjectDir = FreeText.Check(request.ProjectDir, "project_dir", FreeText.MaxPathLength),
            AgentName = CheckName(request.AgentName, "agent_name"),
            Parent = CheckName(request.ParentSessionId, "parent_session_id")
                ?? CheckName(request.ParentSessionName, "parent_session_name"),
            ExecutionMode = request.ExecutionMode
                ?? (request is { ParentSessionId: null, ParentSessionName: not null } ? ExecutionMode.AsyncCallback : null),
            Demands = DemandRules.Check(request.AdditionalDemands),
            UseMemory = request.UseMemory,
            Actor = requester.Actor,
            TraceParent = span?.Id ?? requester.TraceParent,
        };
        run = PlacementRules.Apply(run, request, requester, options, time.GetUtcNow());
        run = run with { Parent = requester.OwnSessionId ?? run.Parent };
        run = type is RunType.StartSession ? AsStart(run, request) : await AsResumeAsync(run, request, cancel).ConfigureAwait(false);
        run = await PinAsync(run, request, cancel).ConfigureAwait(false);
        span?.SetTag("agent_orchestrator.run.id", run.RunId).SetTag("gen_ai.agent.name", run.AgentName);
        var queued = await runs.EnqueueAsync(run, key, cancel).ConfigureAwait(false);
        CrashPoint.Reach(CrashPoint.ServerQueued);
        return queued;
    }

    /// <summary>Another attempt at a run that has ended, with the agent as it is now, at the end of its session's queue.</summary>
    /// <exception cref="ProductException">
    /// NotFound for an unknown run, session or agent; Conflict <c>not_ended</c>, <c>retry_open</c>, or for an inactive agent; LimitExceeded.
    /// </exception>
    public async Task<Outcome<Run>> RetryAsync(RunRequester requester, string runId, IdempotencyKey? key, CancellationToken cancel)
    {
        using var span = Tracing.Begin("enqueue run", ActivityKind.Producer, requester.TraceParent);
        var run = await runs.FindAsync(requester.Org, runId, cancel).ConfigureAwait(false) ?? throw RunErrors.NotFound();
        if (!RunMoves.IsTerminal(run.Status))
        {
            throw RunErrors.NotEnded(run.Status);
        }

        var asked = new CreateRun { Priority = run.Priority, TimeoutSeconds = run.TimeoutSeconds };
        var again = RetryRules.Again(run) with
        {
            Retry = null,
            AgentCap = null,
            WhenBusy = WhenBusy.Enqueue,
            Actor = requester.Actor,
            TraceParent = span?.Id ?? requester.TraceParent,
        };
        return await runs.EnqueueAsync(await PinAsync(again, asked, cancel).ConfigureAwait(false), key, cancel).ConfigureAwait(false);
    }

    static NewRun AsStart(NewRun run, CreateRun request)
    {
        var name = CheckName(request.SessionName, "session_name");
        var sessionId = CheckName(request.SessionId, "session_id") ?? Ids.NewSession();
        return run with
        {
            ExecutionMode = run.ExecutionMode ?? ExecutionMode.Sync,
            Session = new NewSession
            {
                Org = run.Org,
                SessionId = sessionId,
                Name = name ?? sessionId,
                ProjectDir = run.ProjectDir,
                AgentName = run.AgentName,
                Parent = run.Parent,
                ExecutionMode = run.ExecutionMode ?? ExecutionMode.Sync,
                WhenBusy = request.WhenBusy ?? WhenBusy.Enqueue,
                OnParentEnd = request.OnParentEnd ?? ParentEndPolicy.Stop,
                Status = SessionStatus.Pending,
            },
        };
    }

    async Task<NewRun> AsResumeAsync(NewRun run, CreateRun request, CancellationToken cancel)
    {
        var wanted = CheckName(request.SessionId, "session_id") ?? CheckName(request.SessionName, "session_name")
            ?? throw new ProductException(ErrorCode.Invalid, "session_id or session_name is required to resume a session");
        var session = await sessions.FindAsync(run.Org, wanted, cancel).ConfigureAwait(false)
            ?? throw RunErrors.SessionNotFound();
        if (session.Kind is not null)
        {
            throw RunErrors.IsARoom();
        }

        var isOwn = run.Parent is { } parent && session.IsCalled(parent);
        if (isOwn && request.ExecutionMode is ExecutionMode.Sync or ExecutionMode.AsyncCallback)
        {
            throw RunErrors.WaitsForItself();
        }

        return run with
        {
            Resumes = session.SessionId,
            AgentName = run.AgentName ?? session.AgentName,
            // A session is never its own parent: the seeds ignore it.
            Parent = isOwn ? null : run.Parent,
        };
    }

    async Task<NewRun> PinAsync(NewRun run, CreateRun request, CancellationToken cancel)
    {
        if (run.AgentName is not { } name)
        {
            return run with { Executor = run.Demands?.ExecutorType };
        }

        var agent = await agents.PinAsync(run.Org, name, cancel).ConfigureAwait(false)
            ?? throw new ProductException(ErrorCode.NotFound, $"Agent not found: {name}");
        if (!agent.IsActive)
        {
            throw new ProductException(ErrorCode.Conflict, $"Agent is inactive: {agent.Name}. Activate it to run it", "agent_inactive");
        }

        return run with
        {
            AgentName = agent.Name,
            AgentRevision = agent.Revision,
            Executor = agent.Executor,
            Demands = DemandRules.Merge(agent.Demands, run.Demands),
            Priority = request.Priority ?? agent.Priority ?? 0,
            AgentCap = agent.MaxConcurrent,
            Retry = agent.Retry,
            TimeoutSeconds = request.TimeoutSeconds ?? agent.Timeout ?? run.TimeoutSeconds,
            Session = run.Session is null ? null : run.Session with { AgentName = agent.Name },
        };
    }

    static string? CheckName(string? name, string field) => name is null ? null : Names.Require(name, field);
}
