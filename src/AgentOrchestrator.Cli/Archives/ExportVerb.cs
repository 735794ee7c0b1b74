using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Sessions;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Cli.Archives;

static class ExportVerb
{
    static readonly Flag s_output = new("--output", "The file to write; standard output when left out", "FILE", 'o');

    public static readonly Verb Verb = new("export", "Write a session with its runs and its log into a file", RunAsync)
    {
        Positionals = [SessionName.Argument],
        Flags = [s_output],
        Remarks = "JSON Lines: the session, its runs, its events, and a last line of the kind 'end', without which a file was cut short.",
    };

    static async Task<int> RunAsync(Invocation call)
    {
        var name = call.Arguments.Value(SessionName.Argument);
        await using var export = await call.Client.Sessions.ExportAsync(name);
        if (call.Arguments.Value(s_output) is { } path)
        {
            await NewFile.WriteAsync(path, export, RequireEndAsync);
            call.Terminal.WriteForeign($"Exported '{name}' to {path}");
        }
        else
        {
            await using var output = Console.OpenStandardOutput();
            await NewFile.CopyAsync(export, output);
        }

        return Ao.ExitOk;
    }

    static async Task RequireEndAsync(FileStream file)
    {
        var tail = new byte[Math.Min(file.Length, 256)];
        file.Seek(-tail.Length, SeekOrigin.End);
        await file.ReadExactlyAsync(tail);
        if (tail.AsSpan().LastIndexOf("{\"kind\":\"end\""u8) < 0)
        {
            throw NewFile.CutShort();
        }
    }
}
