using System.Globalization;
using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Audit;

namespace AgentOrchestrator.Cli.Audit;

static class AuditVerb
{
    const int DefaultLimit = 50;
    const int MaxLimit = 1_000;

    static readonly Flag s_limit = new("--limit", "The newest so many; 50 when left out", "N", 'n');
    static readonly Flag s_verify = new("--verify", "Follow the chain of hashes instead, and name the first entry that was changed or is missing");

    public static readonly Verb Verb = new("audit", "Print who did what, newest first", RunAsync)
    {
        Flags = [s_limit, s_verify],
        Remarks = "For owners. What agents say in the logs of their sessions is not part of it.",
    };

    static async Task<int> RunAsync(Invocation call)
    {
        if (call.Arguments.Has(s_verify))
        {
            return await VerifyAsync(call);
        }

        var limit = (int)Math.Min(call.Arguments.Number(s_limit, least: 1) ?? DefaultLimit, MaxLimit);
        var page = await call.Client.Audit.ListAsync(limit);
        if (call.WantsJson)
        {
            call.WriteJson(page, ProtocolJson.Default.AuditPage);
        }
        else if (page.Entries.Count == 0)
        {
            call.Terminal.Out.WriteLine("No entries found");
        }
        else
        {
            Table.Write(call.Terminal, ["SEQ", "TIME", "ACTOR", "FROM", "ACT", "SUBJECT", "STATUS"], [.. page.Entries.Select(Row)]);
        }

        return Ao.ExitOk;
    }

    static async Task<int> VerifyAsync(Invocation call)
    {
        var verdict = await call.Client.Audit.VerifyAsync();
        if (call.WantsJson)
        {
            call.WriteJson(verdict, ProtocolJson.Default.AuditVerification);
        }
        else if (verdict.Ok)
        {
            call.Terminal.WriteForeign($"Entries {verdict.From} to {verdict.To} are as they were written. The chain ends with {(verdict.Head.Length > 0 ? verdict.Head : "nothing")}");
        }
        else
        {
            call.Terminal.WriteForeign($"Entry {verdict.FirstBad} {verdict.Problem}");
        }

        return verdict.Ok ? Ao.ExitOk : Ao.ExitFailed;
    }

    static string[] Row(AuditEntryView entry) =>
    [
        entry.Seq.ToString(CultureInfo.InvariantCulture), WireTime.Text(entry.At), entry.Actor, entry.Source, $"{entry.Method} {entry.Route}",
        entry.Subject ?? "-", entry.Times > 1 ? $"{entry.Status} x{entry.Times}" : entry.Status.ToString(CultureInfo.InvariantCulture),
    ];
}
