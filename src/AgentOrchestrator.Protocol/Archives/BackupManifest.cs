namespace AgentOrchestrator.Protocol.Archives;

/// <summary>The last entry of a backup, <c>backup.json</c>: without it the file was cut short.</summary>
/// <param name="Version">Of the form of the file.</param>
/// <param name="Server">The version of the server that wrote it.</param>
/// <param name="CreatedAt">All that was acknowledged before this instant is in it.</param>
/// <param name="Files">Entries before this one.</param>
public sealed record BackupManifest(int Version, string Server, DateTimeOffset CreatedAt, long Files)
{
    public const int CurrentVersion = 1;
    public const string FileName = "backup.json";
}

/// <summary>What <c>ao restore</c> did.</summary>
/// <param name="Files">Files that were restored.</param>
/// <param name="Data">What the check of the restored folder says.</param>
public sealed record RestoreReport(BackupManifest Backup, long Files, DataReport Data);
