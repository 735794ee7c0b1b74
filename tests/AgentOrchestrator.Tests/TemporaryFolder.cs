namespace AgentOrchestrator.Tests;

/// <summary>A folder that goes with the test.</summary>
sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("agent-orchestrator-").FullName;

    public string Make(string name) => Directory.CreateDirectory(System.IO.Path.Combine(Path, name)).FullName;

    public string In(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    public void Write(string content, params string[] parts)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(In(parts))!);
        File.WriteAllText(In(parts), content);
    }

    /// <summary>Every entry with its content, links as such.</summary>
    public IReadOnlyList<string> Snapshot() =>
        [.. Directory.EnumerateFileSystemEntries(Path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(Describe).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(Path, recursive: true);

    string Describe(string path)
    {
        var name = System.IO.Path.GetRelativePath(Path, path);
        var info = new FileInfo(path);
        return info switch
        {
            { LinkTarget: { } target } => $"{name} -> {target}",
            { Exists: true, Length: > 0 } => $"{name}: {File.ReadAllText(path)}",
            _ => name,
        };
    }
}
