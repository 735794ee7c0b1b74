using System.Diagnostics;

namespace AgentOrchestrator.Protocol;

/// <summary>Places at which a process ends as by <c>kill -9</c>, for proofs of what is kept then. A process that is not told of a folder has none.</summary>
/// <remarks>A file in that folder, named like a place, arms it: whoever comes there first takes the file away and ends. So one file ends one process, once.</remarks>
public static class CrashPoint
{
    /// <summary>Names the folder. Never set where real work is done.</summary>
    public const string Variable = "AGENT_ORCHESTRATOR_CRASH_FOLDER";

    /// <summary>The work of a transaction is done and not committed.</summary>
    public const string ServerWritten = "server.written";

    /// <summary>It is committed, and nobody has been told: neither who asked nor who waits, such as a runner for a callback.</summary>
    public const string ServerCommitted = "server.committed";

    /// <summary>Acts have taken effect and are answered, and their entries in the audit are not written.</summary>
    public const string ServerAnswered = "server.answered";

    /// <summary>A run is claimed, and its runner has no answer.</summary>
    public const string ServerClaimed = "server.claimed";

    /// <summary>A run has ended and its parent's callback is queued; the runner has no answer.</summary>
    public const string ServerEnded = "server.ended";

    /// <summary>A claim is in the journal, and its start is not reported.</summary>
    public const string RunnerClaimJournaled = "runner.claim-journaled";

    /// <summary>The server has noted the start, the journal has not.</summary>
    public const string RunnerStartReported = "runner.start-reported";

    /// <summary>The journal has the start, and nothing is spawned.</summary>
    public const string RunnerStartJournaled = "runner.start-journaled";

    /// <summary>The keeper has spawned the program.</summary>
    public const string RunnerSpawned = "runner.spawned";

    /// <summary>The server has a batch of output, and the spool does not know.</summary>
    public const string RunnerOutputSent = "runner.output-sent";

    /// <summary>The end is in the journal, and not reported.</summary>
    public const string RunnerEndJournaled = "runner.end-journaled";

    /// <summary>The server has the end, and the journal is still there.</summary>
    public const string RunnerEndReported = "runner.end-reported";

    /// <summary>A program is spawned, and neither recorded nor told to the runner.</summary>
    public const string KeeperSpawned = "keeper.spawned";

    /// <summary>A program has ended, and its end is not on the disk.</summary>
    public const string KeeperProgramEnded = "keeper.program-ended";

    /// <summary>Its end is on the disk, and the runner does not know.</summary>
    public const string KeeperEndRecorded = "keeper.end-recorded";

    /// <summary>Every place, beginning with <c>server.</c>, <c>runner.</c> or <c>keeper.</c>, whoever it ends.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        ServerWritten, ServerCommitted, ServerAnswered, ServerClaimed, ServerEnded,
        RunnerClaimJournaled, RunnerStartReported, RunnerStartJournaled, RunnerSpawned, RunnerOutputSent, RunnerEndJournaled, RunnerEndReported,
        KeeperSpawned, KeeperProgramEnded, KeeperEndRecorded,
    ];

    static readonly string? s_folder = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? folder : null;

    /// <summary>Says that the process is at this place. It does not come back where the place is armed.</summary>
    public static void Reach(string place)
    {
        if (s_folder is { } folder && Take(Path.Combine(folder, place)))
        {
            using var self = Process.GetCurrentProcess();
            self.Kill();
            self.WaitForExit();
        }
    }

    static bool Take(string file)
    {
        try
        {
            if (File.Exists(file))
            {
                File.Move(file, file + ".taken", overwrite: true);
                return true;
            }
        }
        catch (FileNotFoundException)
        {
            // Another process was here first.
        }

        return false;
    }
}
