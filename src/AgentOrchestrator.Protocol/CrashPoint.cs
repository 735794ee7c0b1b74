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

    /// <summary>The entries of the audit are written.</summary>
    public const string ServerAudited = "server.audited";

    /// <summary>A run is queued; whoever asked has no answer, and asks again under the same key.</summary>
    public const string ServerQueued = "server.queued";

    /// <summary>A stop is durable, and neither who asked nor the runner knows.</summary>
    public const string ServerStopping = "server.stopping";

    /// <summary>A runner has asked for work, and waits.</summary>
    public const string ServerPolled = "server.polled";

    /// <summary>A run is claimed, and its runner has no answer.</summary>
    public const string ServerClaimed = "server.claimed";

    /// <summary>The claim's answer is on its way, and the server does not know whether it arrived.</summary>
    public const string ServerClaimAnswered = "server.claim-answered";

    /// <summary>A start is noted; the runner has no answer, and has spawned nothing.</summary>
    public const string ServerStarted = "server.started";

    /// <summary>A batch of output is in the log; the runner has no answer, and sends it again.</summary>
    public const string ServerAppended = "server.appended";

    /// <summary>Leases are renewed; the runner has no answer, and lets its programs live no longer than before.</summary>
    public const string ServerRenewed = "server.renewed";

    /// <summary>A run has ended and its parent's callback is queued; the runner has no answer.</summary>
    public const string ServerEnded = "server.ended";

    /// <summary>A claim has arrived, and is not in the journal.</summary>
    public const string RunnerClaimed = "runner.claimed";

    /// <summary>A file of the journal, or of the keeper's, is whole on the disk and does not have its name.</summary>
    public const string RunnerFileDrafted = "runner.file-drafted";

    /// <summary>A claim is in the journal, and its start is not reported.</summary>
    public const string RunnerClaimJournaled = "runner.claim-journaled";

    /// <summary>The server has noted the start, the journal has not.</summary>
    public const string RunnerStartReported = "runner.start-reported";

    /// <summary>The journal has the start, and nothing is spawned.</summary>
    public const string RunnerStartJournaled = "runner.start-journaled";

    /// <summary>Leases are renewed, and the deadlines of programs are not.</summary>
    public const string RunnerRenewed = "runner.renewed";

    /// <summary>The keeper is about to be asked for the program.</summary>
    public const string RunnerSpawning = "runner.spawning";

    /// <summary>The keeper has spawned the program.</summary>
    public const string RunnerSpawned = "runner.spawned";

    /// <summary>Output is in the spool, and the server has none of it.</summary>
    public const string RunnerOutputSpooled = "runner.output-spooled";

    /// <summary>The server has a batch of output, and the spool does not know.</summary>
    public const string RunnerOutputSent = "runner.output-sent";

    /// <summary>The spool knows that the server has a batch of output.</summary>
    public const string RunnerOutputAcknowledged = "runner.output-acknowledged";

    /// <summary>The runner knows how the program ended, and its journal does not.</summary>
    public const string RunnerEndKnown = "runner.end-known";

    /// <summary>The end is in the journal, and not reported.</summary>
    public const string RunnerEndJournaled = "runner.end-journaled";

    /// <summary>The keeper has let go of the run, and its end is not reported.</summary>
    public const string RunnerReleased = "runner.released";

    /// <summary>The server has the end, and the journal is still there.</summary>
    public const string RunnerEndReported = "runner.end-reported";

    /// <summary>The server has the end, and nothing of the attempt is left.</summary>
    public const string RunnerForgotten = "runner.forgotten";

    /// <summary>A program is asked for, and nothing is on the disk or started.</summary>
    public const string KeeperAsked = "keeper.asked";

    /// <summary>Where the processes of the program will be found is on the disk, and none is started.</summary>
    public const string KeeperGrouped = "keeper.grouped";

    /// <summary>A program is spawned, and neither recorded nor told to the runner.</summary>
    public const string KeeperSpawned = "keeper.spawned";

    /// <summary>Output of a program is on the disk, and the runner does not know of it.</summary>
    public const string KeeperOutputKept = "keeper.output-kept";

    /// <summary>A program has ended, and its end is not on the disk.</summary>
    public const string KeeperProgramEnded = "keeper.program-ended";

    /// <summary>Its end is on the disk, and the runner does not know.</summary>
    public const string KeeperEndRecorded = "keeper.end-recorded";

    /// <summary>The runner has released a run that has ended, and the keeper still lists it.</summary>
    public const string KeeperReleased = "keeper.released";

    /// <summary>Every place, beginning with <c>server.</c>, <c>runner.</c> or <c>keeper.</c>, whoever it ends.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        ServerWritten, ServerCommitted, ServerAnswered, ServerAudited, ServerQueued, ServerStopping, ServerPolled, ServerClaimed, ServerClaimAnswered,
        ServerStarted, ServerAppended, ServerRenewed, ServerEnded,
        RunnerClaimed, RunnerFileDrafted, RunnerClaimJournaled, RunnerStartReported, RunnerStartJournaled, RunnerRenewed, RunnerSpawning, RunnerSpawned,
        RunnerOutputSpooled, RunnerOutputSent, RunnerOutputAcknowledged, RunnerEndKnown, RunnerEndJournaled, RunnerReleased, RunnerEndReported, RunnerForgotten,
        KeeperAsked, KeeperGrouped, KeeperSpawned, KeeperOutputKept, KeeperProgramEnded, KeeperEndRecorded, KeeperReleased,
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
