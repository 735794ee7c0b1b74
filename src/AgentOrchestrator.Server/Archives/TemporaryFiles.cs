using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Server.Archives;

/// <summary>Files that live as long as a request, in the data folder, where there is space for them.</summary>
static class TemporaryFiles
{
    const string Folder = "tmp";

    /// <summary>Removes what a crash left. Before anything is served.</summary>
    public static void Clear(ServerOptions options)
    {
        var folder = Path.Combine(options.DataDir, Folder);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A file that goes when it is closed.</summary>
    public static FileStream Create(ServerOptions options) => new(PathOf(options), new FileStreamOptions
    {
        Mode = FileMode.CreateNew,
        Access = FileAccess.ReadWrite,
        Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
    });

    /// <summary>A path at which there is nothing yet.</summary>
    public static string PathOf(ServerOptions options)
    {
        var folder = Path.Combine(options.DataDir, Folder);
        Directory.CreateDirectory(folder);
        return Path.Combine(folder, Ids.New("", 16));
    }
}
