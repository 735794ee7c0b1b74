using System.Globalization;
using AgentOrchestrator.Cli.CommandLine;

namespace AgentOrchestrator.Cli.Archives;

static class BackupVerb
{
    static readonly Positional s_file = new("FILE", "The file to write; backup-DATE-TIME.tar in this folder when left out", IsOptional: true);

    public static readonly Verb Verb = new("backup", "Write all data of a running server into a file", RunAsync)
    {
        Positionals = [s_file],
        Remarks = "For owners. The server works on meanwhile; all that it acknowledged before is in the file. It holds every conversation: keep it as\n"
            + "safe as the data folder. 'ao restore' makes a data folder of it. With PostgreSQL use pg_dump.",
    };

    static async Task<int> RunAsync(Invocation call)
    {
        var path = call.Arguments.Find(s_file)
            ?? string.Create(CultureInfo.InvariantCulture, $"backup-{TimeProvider.System.GetUtcNow():yyyyMMdd-HHmmss}.tar");
        await using var backup = await call.Client.BackupAsync();
        await NewFile.WriteAsync(path, backup, RequireEndAsync, isPrivate: true);
        call.Terminal.WriteForeign($"Saved to {path}");
        return Ao.ExitOk;
    }

    /// <summary>A tar file ends with two blocks of zeros.</summary>
    static async Task RequireEndAsync(FileStream file)
    {
        const int End = 1_024;
        var tail = new byte[Math.Min(file.Length, End)];
        file.Seek(-tail.Length, SeekOrigin.End);
        await file.ReadExactlyAsync(tail);
        if (tail.Length < End || tail.AsSpan().ContainsAnyExcept((byte)0))
        {
            throw NewFile.CutShort();
        }
    }
}
