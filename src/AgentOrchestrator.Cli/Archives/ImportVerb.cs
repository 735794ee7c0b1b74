using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Cli.Archives;

static class ImportVerb
{
    static readonly Positional s_file = new("FILE", "What 'ao export' wrote");
    static readonly Flag s_name = new("--name", "Make a copy of this name, with ids of its own", "NAME");

    public static readonly Verb Verb = new("import", "Add a session from a file", RunAsync)
    {
        Positionals = [s_file],
        Flags = [s_name],
        Remarks = "A session that is there already is refused, unless --name makes it a copy. A file that is wrong leaves nothing behind.",
    };

    static async Task<int> RunAsync(Invocation call)
    {
        var path = call.Arguments.Value(s_file);
        await using var file = Open(path);
        var imported = await call.Client.Sessions.ImportAsync(file, call.Arguments.Value(s_name));
        if (call.WantsJson)
        {
            call.WriteJson(imported, ProtocolJson.Default.SessionImported);
        }
        else
        {
            call.Terminal.WriteForeign($"Imported '{imported.Session.SessionName}' ({imported.Events} events, {imported.Runs} runs)");
        }

        return Ao.ExitOk;
    }

    static FileStream Open(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProductException(ErrorCode.NotFound, $"'{path}' cannot be read: {error.Message}", inner: error);
        }
    }
}
