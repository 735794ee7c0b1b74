using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Cli.Sessions;

/// <summary>What start and resume have in common: whether to wait, and who is told.</summary>
sealed record RunFlags(Parent? Parent, bool Detaches, bool WantsCallback, bool Follows)
{
    static readonly Flag s_detach = new("--detach", "Print the session's name and return at once", Short: 'd');
    static readonly Flag s_callback = new("--callback", "Inside a run: return at once; the end comes as a message to the session that asks");
    static readonly Flag s_follow = new("--follow", "Show the timeline on standard error while waiting", Short: 'f');

    public const string Remarks =
        "Waits for the end of the run. Ctrl-C lets the run go on and says how to watch or stop it.";

    /// <summary>Those of a run that is asked for anew as it was.</summary>
    public static IReadOnlyList<Flag> OfWaiting => [s_detach, s_follow];

    public static IReadOnlyList<Flag> All => [s_detach, s_callback, s_follow, .. PlacementFlags.All];

    public ExecutionMode Mode => WantsCallback ? ExecutionMode.AsyncCallback : Detaches ? ExecutionMode.AsyncPoll : ExecutionMode.Sync;

    public static RunFlags Read(Invocation call)
    {
        var parent = Parent.Find(call.Host.Environment);
        var callback = call.Arguments.Has(s_callback);
        var follows = call.Arguments.Has(s_follow);
        if (callback && parent is null)
        {
            throw new UsageException("--callback needs a session to call back, and this is not called inside a run; use --detach");
        }

        var detaches = callback || call.Arguments.Has(s_detach);
        return detaches && follows
            ? throw new UsageException("--follow waits, --detach and --callback do not; use one of them")
            : new RunFlags(parent, detaches, callback, follows);
    }
}
