namespace AgentOrchestrator.Coordinator.Agents;

/// <summary>What tells cheaply that nothing in an agent's folder has changed.</summary>
readonly record struct FolderStamp(DateTime Folder, FileStamp Definition, FileStamp Prompt, FileStamp Servers, bool IsDisabled)
{
    public DateTime Newest => new[] { Folder, Definition.ModifiedAt, Prompt.ModifiedAt, Servers.ModifiedAt }.Max();

    public static FolderStamp Of(string folder) => new(
        Directory.GetLastWriteTimeUtc(folder),
        FileStamp.Of(Path.Combine(folder, AgentFiles.Definition)),
        FileStamp.Of(Path.Combine(folder, AgentFiles.Prompt)),
        FileStamp.Of(Path.Combine(folder, AgentFiles.Servers)),
        Path.Exists(Path.Combine(folder, AgentFiles.Disabled)));
}

readonly record struct FileStamp(bool Exists, long Length, DateTime ModifiedAt)
{
    public static FileStamp Of(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? new FileStamp(true, file.Length, file.LastWriteTimeUtc) : default;
    }
}
