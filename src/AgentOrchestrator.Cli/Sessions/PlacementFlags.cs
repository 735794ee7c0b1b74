using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Cli.Sessions;

/// <summary>When, for how long and how a run works: flags of start and resume.</summary>
static class PlacementFlags
{
    static readonly Flag s_priority = new("--priority", "Goes ahead of lower ones; -100 to 100, a point is worth an hour of waiting", "N");
    static readonly Flag s_timeout = new("--timeout", "Stop the run when it has worked so long: 90s, 10m, 2h, 1d", "SPAN");
    static readonly Flag s_queueTimeout = new("--queue-timeout", "Give up when no runner has taken the run for so long", "SPAN");
    static readonly Flag s_delay = new("--delay", "Begin so much later", "SPAN");
    static readonly Flag s_whenBusy = new("--when-busy", "What a message to a busy session does: enqueue, interrupt, reject", "WORD");

    static readonly Flag s_noMemory = new("--no-memory", "Neither read nor write what the agent remembers of other sessions");

    public static IReadOnlyList<Flag> All => [s_priority, s_timeout, s_queueTimeout, s_delay, s_whenBusy, s_noMemory];

    /// <exception cref="UsageException">A value that cannot be.</exception>
    public static CreateRun WithPlacement(this CreateRun run, Arguments arguments) => run with
    {
        Priority = Priority(arguments),
        TimeoutSeconds = Seconds(arguments, s_timeout),
        QueueTimeoutSeconds = Seconds(arguments, s_queueTimeout),
        DelaySeconds = Seconds(arguments, s_delay),
        UseMemory = arguments.Has(s_noMemory) ? false : null,
        WhenBusy = arguments.Value(s_whenBusy) is not { } word ? null
            : WireEnum<WhenBusy>.TryParse(word, out var policy) ? policy
            : throw new UsageException($"{s_whenBusy.Name} must be enqueue, interrupt or reject; it is '{word}'"),
    };

    static int? Priority(Arguments arguments) => arguments.Value(s_priority) is not { } text ? null
        : int.TryParse(text, out var priority) ? priority
        : throw new UsageException($"{s_priority.Name} must be a whole number; it is '{text}'");

    static int? Seconds(Arguments arguments, Flag flag) => arguments.Value(flag) is not { } text ? null
        : Spans.TryParse(text, out var span) ? (int)span.TotalSeconds
        : throw new UsageException($"{flag.Name} must be a number with a unit: 90s, 10m, 2h, 1d; it is '{text}'");
}
