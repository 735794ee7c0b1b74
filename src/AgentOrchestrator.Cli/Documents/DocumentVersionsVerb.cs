using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Documents;

namespace AgentOrchestrator.Cli.Documents;

static class DocumentVersionsVerb
{
    static readonly Flag s_diff = new("--diff", "Print what changed from this version to the present content", "N");
    static readonly Flag s_restore = new("--restore", "Make the content of this version the present one", "N");

    public static readonly Verb Verb = new("doc versions", "List what a document was, show what changed, or bring it back", RunAsync)
    {
        Positionals = [DocumentVerbs.Id],
        Flags = [s_diff, s_restore],
        Remarks = "A version that is brought back is a new one: nothing that came after it is lost.",
    };

    static async Task<int> RunAsync(Invocation call)
    {
        var id = call.Arguments.Value(DocumentVerbs.Id);
        if (call.Arguments.Has(s_diff) && call.Arguments.Has(s_restore)) { throw new UsageException("--diff and --restore do not go together"); }
        if (call.Arguments.Number(s_diff, least: 1) is { } from) { return Tell(call, await call.Documents.CompareAsync(id, (int)Math.Min(from, int.MaxValue))); }
        if (call.Arguments.Number(s_restore, least: 1) is { } version)
        {
            call.WriteOnLines(await call.Documents.RestoreAsync(id, (int)Math.Min(version, int.MaxValue)), ProtocolJson.Default.DocumentView);
            return Ao.ExitOk;
        }

        var list = await call.Documents.ListVersionsAsync(id);
        if (call.WantsJson)
        {
            call.WriteJson(list, ProtocolJson.Default.DocumentVersionList);
        }
        else
        {
            var now = call.Host.Time.GetUtcNow();
            Table.Write(call.Terminal, ["VERSION", "AGE", "BYTES", "WRITTEN BY", "SHA-256"], [.. list.Versions.Select(kept => Row(kept, now))]);
        }

        return Ao.ExitOk;
    }

    static int Tell(Invocation call, DocumentDifference difference)
    {
        if (call.WantsJson)
        {
            call.WriteJson(difference, ProtocolJson.Default.DocumentDifference);
        }
        else
        {
            call.Terminal.Out.Write(call.Terminal.IsOutTerminal ? PlainText.Clean(difference.Difference) : difference.Difference);
        }

        return Ao.ExitOk;
    }

    static string[] Row(DocumentVersionView kept, DateTimeOffset now) =>
        [$"{kept.Version}", Spans.Age(now - kept.WrittenAt), $"{kept.SizeBytes}", kept.WrittenBy, kept.Checksum];
}
