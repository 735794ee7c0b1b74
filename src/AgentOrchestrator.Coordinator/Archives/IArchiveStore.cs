using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;

namespace AgentOrchestrator.Coordinator.Archives;

/// <summary>Sessions that come from a file, and the data as files.</summary>
public interface IArchiveStore
{
    /// <summary>Adds the session with its ended runs and its log. Nobody sees anything of it before all of it is there; what fails leaves nothing.</summary>
    /// <exception cref="Protocol.ProductException">Conflict when the session's id or name, or the id of one of its runs, is taken.</exception>
    Task<Session> ImportAsync(SessionArchive archive, CancellationToken cancel);

    /// <summary>Copies the data as they are at one instant, while others write. Large bodies that the copy refers to stay until it is disposed.</summary>
    /// <param name="path">Where the copy of the database goes; nothing is there yet.</param>
    /// <exception cref="Protocol.ProductException">NotPossible where the database has tools of its own; StorageFull without space for the copy.</exception>
    Task<DataCopy> CopyAsync(string path, CancellationToken cancel);
}

/// <summary>Files that hold the data of one instant. Disposing lets go of them.</summary>
/// <param name="release">Called once.</param>
public sealed class DataCopy(IReadOnlyList<CopiedFile> files, Func<ValueTask> release) : IAsyncDisposable
{
    public IReadOnlyList<CopiedFile> Files { get; } = files;

    public ValueTask DisposeAsync() => release();
}

/// <param name="Name">In the data folder, with <c>/</c> between its parts.</param>
/// <param name="Path">Where it can be read.</param>
public sealed record CopiedFile(string Name, string Path);

/// <summary>A session to be added as it is.</summary>
public sealed record SessionArchive
{
    /// <summary>Its parent is looked up, and left out where there is none.</summary>
    public required Session Session { get; init; }

    /// <summary>The newest <c>run_start</c> of the log; 0 where there is none.</summary>
    public required long RunStartSeq { get; init; }

    /// <summary>The newest entry that a result can be read from; 0 where there is none.</summary>
    public required long ResultSeq { get; init; }

    /// <summary>All of them ended.</summary>
    public required IReadOnlyList<Run> Runs { get; init; }

    /// <summary>The log in portions, from its beginning each time.</summary>
    public required Func<CancellationToken, IAsyncEnumerable<IReadOnlyList<ArchivedEntry>>> ReadLog { get; init; }

    /// <summary>Appended behind the log.</summary>
    public required NewEvent Note { get; init; }
}

public sealed record ArchivedEntry(long Seq, DateTimeOffset RecordedAt, NewEvent Event);
