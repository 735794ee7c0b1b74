using System.Globalization;
using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Cli.Sessions;

static class UsageVerb
{
    public static readonly Verb Verb = new("usage", "Print tokens and cost of a session and of all below it", RunAsync)
    {
        Positionals = [SessionName.Argument],
        Remarks = "Cost is as the executor told it, or by the server's MODEL_PRICES; '-' where nobody knows it.",
    };

    static async Task<int> RunAsync(Invocation call)
    {
        var usage = await call.Client.Sessions.GetUsageAsync(call.Arguments.Value(SessionName.Argument));
        if (call.WantsJson)
        {
            call.WriteJson(usage, ProtocolJson.Default.SessionUsageView);
            return Ao.ExitOk;
        }

        string[] head = ["", "SESSIONS", "RUNS", "INPUT", "CACHED", "CACHE WRITE", "OUTPUT", "COST USD"];
        Table.Write(call.Terminal, head, [Row("session", usage.Own), Row("tree", usage.Tree)]);
        if (usage.Tree is { UnpricedRuns: > 0 and var unpriced, CostUsd: not null })
        {
            call.Terminal.Out.WriteLine($"Without {Number(unpriced)} runs whose cost is not known");
        }

        return Ao.ExitOk;
    }

    static string[] Row(string what, UsageView usage) =>
    [
        what, Number(usage.Sessions), Number(usage.Runs), Number(usage.InputTokens), Number(usage.CachedInputTokens), Number(usage.CacheWriteTokens),
        Number(usage.OutputTokens), usage.CostUsd?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "-",
    ];

    static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
