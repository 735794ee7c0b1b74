using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>What a request may say about when and for how long its run works.</summary>
static class PlacementRules
{
    /// <exception cref="ProductException">Invalid, naming the field.</exception>
    public static NewRun Apply(NewRun run, CreateRun request, RunRequester requester, CoordinatorOptions options, DateTimeOffset now)
    {
        RequirePriority(request.Priority, requester, options);
        RequireSeconds(request.TimeoutSeconds, "timeout_seconds", 1, options.MaxRunTimeout);
        RequireSeconds(request.QueueTimeoutSeconds, "queue_timeout_seconds", 1, options.MaxRunTimeout);
        RequireSeconds(request.DelaySeconds, "delay_seconds", 0, options.MaxRunDelay);
        if (request.NotBefore > now + options.MaxRunDelay)
        {
            throw Wrong($"not_before must be at most {options.MaxRunDelay.TotalDays:0} days from now");
        }

        if (request is { NotBefore: not null, DelaySeconds: not null })
        {
            throw Wrong("not_before and delay_seconds say the same; give one of them");
        }

        if (request.WhenBusy is WhenBusy.Interrupt && (request.NotBefore is not null || request.DelaySeconds > 0))
        {
            throw Wrong("a delayed message cannot interrupt; leave out not_before and delay_seconds, or when_busy");
        }

        return run with
        {
            Priority = request.Priority ?? 0,
            TimeoutSeconds = request.TimeoutSeconds ?? (options.RunTimeout is { } byDefault ? (int)byDefault.TotalSeconds : null),
            QueueTimeout = Span(request.QueueTimeoutSeconds),
            NotBefore = request.NotBefore?.ToUniversalTime(),
            Delay = Span(request.DelaySeconds),
            WhenBusy = request.WhenBusy,
        };
    }

    static void RequirePriority(int? priority, RunRequester requester, CoordinatorOptions options)
    {
        if (priority is { } given && Math.Abs((long)given) > options.MaxPriority)
        {
            throw Wrong($"priority must be {-options.MaxPriority} to {options.MaxPriority}");
        }

        if (priority > 0 && requester.OwnSessionId is not null)
        {
            throw Wrong("priority must be at most 0 inside a run: an agent may stand back, not push ahead; the agent's definition may say more");
        }
    }

    static void RequireSeconds(int? seconds, string field, int least, TimeSpan most)
    {
        if (seconds < least || seconds > most.TotalSeconds)
        {
            throw Wrong($"{field} must be {least} to {most.TotalSeconds:0}");
        }
    }

    static TimeSpan? Span(int? seconds) => seconds is { } given ? TimeSpan.FromSeconds(given) : null;

    static ProductException Wrong(string message) => new(ErrorCode.Invalid, message);
}
