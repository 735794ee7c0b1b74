using System.Text;
using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;

namespace AgentOrchestrator.Coordinator.Agents;

/// <summary>Agents as folders: <c>{root}/{name}/</c> with the four files below. Not thread-safe; its owner serializes the calls.</summary>
/// <remarks>Every path is built by <see cref="FolderOf"/>: nothing outside the root is read or written, and no link is followed.</remarks>
sealed class AgentFiles
{
    public const string Definition = "agent.json";
    public const string Prompt = "agent.system-prompt.md";
    public const string Servers = "agent.mcp.json";
    public const string Disabled = ".disabled";

    // A write within this time of a reading may leave the stamp as it was.
    static readonly TimeSpan s_clockGrain = TimeSpan.FromSeconds(1);

    readonly string _root;
    readonly int _maxBytes;
    readonly TimeProvider _time;
    readonly Dictionary<string, AgentFolder> _read = [];

    public AgentFiles(string root, int maxBytes, TimeProvider time)
    {
        _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        _maxBytes = maxBytes;
        _time = time;
    }

    public string Root => _root;

    /// <summary>Makes the root and removes what an interrupted write left behind.</summary>
    public void Open() => Write(() =>
    {
        Directory.CreateDirectory(_root);
        foreach (var unfinished in Unfinished(_root)) { Discard(unfinished); }
        foreach (var folder in FolderNames().Select(FolderOf).Where(path => !FolderReader.IsLink(new DirectoryInfo(path))))
        {
            foreach (var unfinished in Unfinished(folder)) { Discard(unfinished); }
        }
    });

    /// <summary>The folders whose names agents may have, in order.</summary>
    public IReadOnlyList<string> FolderNames()
    {
        try
        {
            return
            [
                .. Directory.EnumerateDirectories(_root)
                    .Select(Path.GetFileName).OfType<string>().Where(AgentNames.IsUsable).Order(StringComparer.Ordinal),
            ];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ProductException(
                ErrorCode.Unavailable, "The agents' folder cannot be read; check that it exists and its permissions.", inner: failure);
        }
    }

    /// <summary>The agent, also a failed one; null when there is no folder of that very name.</summary>
    public AgentView? Read(string name)
    {
        var path = FolderOf(name);
        if (!Directory.Exists(path))
        {
            _read.Remove(name);
            return null;
        }

        return ReadFolder(name, path).Agent;
    }

    /// <summary>Writes a new agent; it appears complete or not at all.</summary>
    public void Create(AgentView agent)
    {
        var path = FolderOf(agent.Name);
        if (Path.Exists(path)) { throw AlreadyExists(agent.Name); }

        var contents = Contents(agent, before: null);
        var temporary = Path.Combine(_root, DurableFile.TemporaryName());
        Write(() =>
        {
            Directory.CreateDirectory(temporary);
            try
            {
                foreach (var (file, content) in contents) { DurableFile.WriteNew(Path.Combine(temporary, file), content); }
                PosixFiles.SyncFolder(temporary);
                Directory.Move(temporary, path);
            }
            catch
            {
                Discard(temporary);
                throw;
            }

            PosixFiles.SyncFolder(_root);
        });
    }

    /// <summary>Writes what has changed, file by file.</summary>
    public void Replace(AgentView agent)
    {
        var path = FolderOf(agent.Name);
        var before = ReadFolder(agent.Name, path);
        if (before.Agent.Error is { } error) { throw Unusable(agent.Name, error); }

        var contents = Contents(agent, before.File);
        var old = Contents(before.Agent, before.File);
        Write(() =>
        {
            foreach (var file in old.Keys.Except(contents.Keys)) { DurableFile.Remove(path, file); }
            foreach (var (file, content) in contents)
            {
                if (!old.TryGetValue(file, out var same) || !same.AsSpan().SequenceEqual(content)) { DurableFile.Replace(path, file, content); }
            }
        });
        _read.Remove(agent.Name);
    }

    /// <summary>Takes the agent away at once; its folder goes with all that is in it.</summary>
    public void Delete(string name)
    {
        var path = FolderOf(name);
        if (FolderReader.IsLink(new DirectoryInfo(path)))
        {
            throw new ProductException(ErrorCode.Conflict, $"The folder of agent '{name}' is a symbolic link; remove the link by hand.");
        }

        Write(() =>
        {
            var gone = Path.Combine(_root, DurableFile.TemporaryName());
            Directory.Move(path, gone);
            PosixFiles.SyncFolder(_root);
            Discard(gone);
        });
        _read.Remove(name);
    }

    public static ProductException AlreadyExists(string name) => new(ErrorCode.Conflict, $"Agent already exists: {name}");

    public static ProductException Unusable(string name, string error) =>
        new(ErrorCode.Conflict, $"Agent '{name}' cannot be used: {error}");

    AgentFolder ReadFolder(string name, string path)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        if (_read.TryGetValue(name, out var known) && known.Stamp == FolderStamp.Of(path)) { return known; }

        var folder = AgentFolder.Read(path, _maxBytes);
        if (folder.Stamp.Newest < now - s_clockGrain) { _read[name] = folder; }
        else { _read.Remove(name); }
        return folder;
    }

    Dictionary<string, byte[]> Contents(AgentView agent, AgentFile? before)
    {
        var contents = new Dictionary<string, byte[]>();
        if (agent.SystemPrompt is { } prompt) { contents[Prompt] = Encoding.UTF8.GetBytes(prompt); }
        if (agent.McpServers is { } servers)
        {
            contents[Servers] = JsonSerializer.SerializeToUtf8Bytes(new AgentMcpFile { McpServers = servers }, AgentFileJson.Default.AgentMcpFile);
        }

        if (agent.Status == AgentStatuses.Inactive) { contents[Disabled] = []; }
        contents[Definition] = JsonSerializer.SerializeToUtf8Bytes(AgentFile.Of(agent, before), AgentFileJson.Default.AgentFile);
        var large = contents.FirstOrDefault(pair => pair.Value.Length > _maxBytes).Key;
        return large is null
            ? contents
            : throw new ProductException(ErrorCode.Invalid, $"{large} would be larger than {_maxBytes} bytes; shorten it.");
    }

    string FolderOf(string name)
    {
        if (!AgentNames.IsUsable(name)) { throw AgentNames.NotFound(name); }

        var path = Path.GetFullPath(Path.Combine(_root, name));
        return Path.GetDirectoryName(path) == _root ? path : throw AgentNames.NotFound(name);
    }

    static void Write(Action write)
    {
        try
        {
            write();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw failure.HResult == PosixFiles.NoSpace
                ? new ProductException(ErrorCode.StorageFull, "No space is left in the agents' folder; free some and try again.", inner: failure)
                : new ProductException(
                    ErrorCode.Unavailable, "The agents' folder cannot be written; check its permissions and the server's log.", inner: failure);
        }
    }

    static List<string> Unfinished(string folder) => [.. Directory.EnumerateFileSystemEntries(folder, DurableFile.TemporaryPrefix + "*")];

    static void Discard(string path)
    {
        var folder = new DirectoryInfo(path);
        if (folder.Exists && !FolderReader.IsLink(folder)) { folder.Delete(recursive: true); }
        else { File.Delete(path); }
    }
}
