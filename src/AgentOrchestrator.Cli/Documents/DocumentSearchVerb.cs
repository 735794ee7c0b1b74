using System.Globalization;
using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Documents;

namespace AgentOrchestrator.Cli.Documents;

static class DocumentSearchVerb
{
    const int DefaultLimit = 10;
    const int MaxLimit = 100;
    const int MaxShown = 200;

    static readonly Positional s_query = new("QUERY", "What is looked for");
    static readonly Flag s_limit = new("--limit", "So many documents at most; 10 when left out", "N", 'l');
    static readonly Flag s_related = new("--include-relations", "With what others are to each, in --json");

    public static readonly Verb Verb = new("doc search", "Find documents by what stands in them, the best first", RunAsync)
    {
        Positionals = [s_query],
        Flags = [s_limit, s_related],
        Remarks = "What is written is found some seconds later; how much is not found yet, or not at all, is told on standard error.",
        IsJsonForSeed = true,
    };

    static async Task<int> RunAsync(Invocation call)
    {
        var limit = (int)Math.Min(call.Arguments.Number(s_limit, least: 1) ?? DefaultLimit, MaxLimit);
        var found = await call.Documents.SearchAsync(call.Arguments.Value(s_query), limit, call.Arguments.Has(s_related));
        if (call.SpeaksJson())
        {
            call.WriteOnLines(found, ProtocolJson.Default.DocumentsFound);
            return Ao.ExitOk;
        }

        if (found.Index is { Pending: > 0 } or { Failed: > 0 })
        {
            call.Terminal.Error.WriteLine($"Not looked at: {found.Index.Pending} not indexed yet, {found.Index.Failed} that cannot be indexed");
        }

        if (found.Results.Count == 0)
        {
            call.Terminal.Out.WriteLine("No documents found");
        }
        else
        {
            Table.Write(call.Terminal, ["SCORE", "ID", "NAME", "PASSAGE"], [.. found.Results.Select(Row)]);
        }

        return Ao.ExitOk;
    }

    static string[] Row(DocumentFound document)
    {
        var best = document.Sections[0];
        var text = best.Text.Length <= MaxShown ? best.Text : best.Text[..MaxShown] + "…";
        return [best.Score.ToString("0.00", CultureInfo.InvariantCulture), document.DocumentId, document.Filename, text];
    }
}
