using System.Security.Cryptography;
using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Runner.Attempts;

namespace AgentOrchestrator.Runner;

/// <summary>A runner's own folder, for as long as it holds it: who it is, and what it has begun.</summary>
sealed class StateFolder : IDisposable
{
    const string Unreadable = ".unreadable";
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    readonly FileStream _lock;
    readonly string _attempts;

    StateFolder(string path, FileStream held)
    {
        _lock = held;
        _attempts = CreatePrivate(Path.Combine(path, "attempts"));
        InstanceId = ReadInstance(Path.Combine(path, "instance"));
    }

    /// <summary>By this the server knows the runner when it comes back.</summary>
    public string InstanceId { get; }

    /// <exception cref="ProductException"><see cref="ErrorCode.Conflict"/> when another runner holds it; Unavailable when it cannot be used.</exception>
    public static StateFolder Open(string path)
    {
        try
        {
            path = Path.GetFullPath(path);
            CreatePrivate(path);
            return new StateFolder(path, new FileStream(Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new ProductException(ErrorCode.Unavailable, $"the runner cannot write to {path}; choose another state folder", inner: e);
        }
        catch (IOException e)
        {
            throw new ProductException(
                ErrorCode.Conflict, $"the state folder {path} cannot be taken ({e.Message}); if another runner uses it, give this one a folder of its own", inner: e);
        }
    }

    /// <exception cref="IOException">No space, or no permission: nothing was begun.</exception>
    public AttemptJournal Begin(AttemptRecord record)
    {
        var folder = CreatePrivate(Path.Combine(_attempts, $"{record.RunId}-{record.Fence}"));
        DurableFolder.Flush(_attempts);
        return AttemptJournal.Create(folder, record);
    }

    /// <summary>Whether its disk can take that much more.</summary>
    public bool HasRoom(long bytes) => new DriveInfo(_attempts).AvailableFreeSpace >= bytes;

    /// <summary>What an earlier life of this runner has left. What cannot be read is set aside, so that it is in nobody's way again.</summary>
    /// <param name="tellUnreadable">Is told the folder and why it cannot be read.</param>
    public IReadOnlyList<AttemptJournal> Leftovers(Action<string, Exception> tellUnreadable)
    {
        var journals = new List<AttemptJournal>();
        foreach (var folder in Directory.GetDirectories(_attempts).Where(folder => !folder.EndsWith(Unreadable, StringComparison.Ordinal)))
        {
            try
            {
                journals.Add(AttemptJournal.Open(folder));
            }
            catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
            {
                tellUnreadable(SetAside(folder), e);
            }
        }

        return journals;
    }

    public void Dispose() => _lock.Dispose();

    internal static string CreatePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnly);
        }

        return path;
    }

    /// <returns>Where it is now; where it was when it cannot be moved.</returns>
    static string SetAside(string folder)
    {
        var aside = Directory.Exists(folder + Unreadable) ? $"{folder}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}{Unreadable}" : folder + Unreadable;
        try
        {
            Directory.Move(folder, aside);
            return aside;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return folder;
        }
    }

    static string ReadInstance(string file)
    {
        if (File.Exists(file) && File.ReadAllText(file).Trim() is { Length: > 0 } known)
        {
            return known;
        }

        var made = RandomNumberGenerator.GetHexString(32, lowercase: true);
        AttemptJournal.WriteDurably(file, System.Text.Encoding.ASCII.GetBytes(made));
        return made;
    }
}
