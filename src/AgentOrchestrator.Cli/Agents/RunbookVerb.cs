using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;

namespace AgentOrchestrator.Cli.Agents;

static class RunbookVerb
{
    static readonly Positional s_agent = new("NAME", "Of this agent; all when left out", IsOptional: true);

    public static readonly Verb Verb = new("agents runbooks", "Show what agents are for, and what they can do", RunAsync) { Positionals = [s_agent] };

    static async Task<int> RunAsync(Invocation call)
    {
        var books = call.Arguments.Find(s_agent) is { } name
            ? (IReadOnlyList<Runbook>)[await call.Client.Agents.GetRunbookAsync(name)]
            : await call.Client.Agents.ListRunbooksAsync();
        if (call.WantsJson) { call.WriteJson(books, ProtocolJson.Default.IReadOnlyListRunbook); }
        else if (books.Count == 0) { call.Terminal.Out.WriteLine("No runbooks found"); }
        else { Table.Write(call.Terminal, ["AGENT", "CAN", "ROLE"], [.. books.Select(Row)]); }
        return Ao.ExitOk;
    }

    static string[] Row(Runbook book) =>
    [
        book.AgentName ?? "-",
        book.Capabilities is { Count: > 0 } all ? string.Join(", ", all.Select(one => one.Name)) : "-",
        book.Role ?? "-",
    ];
}
