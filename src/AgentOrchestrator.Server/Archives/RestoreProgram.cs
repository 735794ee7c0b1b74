using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Archives;
using AgentOrchestrator.Sqlite.Archives;

namespace AgentOrchestrator.Server.Archives;

/// <summary><c>restore FILE --data DIR [--json]</c>: makes a data folder from a backup, and looks at it.</summary>
static class RestoreProgram
{
    public const string Name = "restore";

    /// <returns>0 when the restored data are whole, 1 when something is wrong with them; they are there in both cases.</returns>
    /// <exception cref="ProductException">Invalid for a wrong command line; else why nothing was restored.</exception>
    public static int Run(IReadOnlyList<string> args, TextWriter output)
    {
        var words = args.Where(arg => arg is not "--json").ToList();
        if (words is not [var file, "--data", var given] || file.StartsWith('-'))
        {
            throw new ProductException(ErrorCode.Invalid, "restore takes a backup and a folder: restore backup.tar --data .agent-orchestrator");
        }

        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(given));
        var report = Restore(Path.GetFullPath(file), folder);
        if (args.Contains("--json"))
        {
            output.WriteLine(JsonSerializer.Serialize(report, ProtocolJson.Default.RestoreReport));
        }
        else
        {
            output.WriteLine($"Restored {report.Files} files of {report.Backup.CreatedAt:u} to {folder}");
            VerifyProgram.Write(report.Data, output);
        }

        return report.Data.Ok ? 0 : 1;
    }

    /// <summary>Beside the folder first, so that it appears complete or not at all.</summary>
    static RestoreReport Restore(string file, string folder)
    {
        RequireFree(folder);
        var partial = folder + Ids.New(".restore-", 8);
        try
        {
            using var backup = File.OpenRead(file);
            CreatePrivate(partial);
            var manifest = BackupFile.Unpack(backup, partial);
            var data = DataCheck.Run(partial);
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder);
            }

            Directory.Move(partial, folder);
            return new RestoreReport(manifest, manifest.Files, data);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProductException(ErrorCode.NotPossible, $"Nothing was restored: {error.Message}", inner: error);
        }
        finally
        {
            if (Directory.Exists(partial))
            {
                Directory.Delete(partial, recursive: true);
            }
        }
    }

    static void CreatePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    static void RequireFree(string folder)
    {
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw new ProductException(ErrorCode.Conflict, $"'{folder}' is not empty; name a folder that is empty or not there yet with --data DIR");
        }
    }
}
