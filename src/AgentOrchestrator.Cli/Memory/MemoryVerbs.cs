using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Memory;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Cli.Memory;

static class MemoryVerbs
{
    const int DefaultLimit = 50;
    const int MaxLimit = 1_000;

    static readonly Positional s_text = new("TEXT", "What is to be kept; standard input when left out", IsOptional: true);
    static readonly Positional s_query = new("QUERY", "What is looked for");
    static readonly Positional s_id = new("ID", "The memory's id; see 'ao memory list'");
    static readonly Flag s_agent = new("--agent", "Of this agent", "AGENT");
    static readonly Flag s_user = new("--user", "Of this user, by any id of yours", "USER");
    static readonly Flag s_session = new("--session", "Of this session", "NAME");
    static readonly Flag s_collection = new("--collection", "In this collection", "NAME", 'c');
    static readonly Flag s_found = new("--limit", "So many results at most; 5 when left out", "N", 'n');
    static readonly Flag s_listed = new("--limit", "The newest so many; 50 when left out", "N", 'n');
    static readonly Flag s_all = new("--all", "Everything, where no other option says which");

    public static readonly Verb Add = new("memory add", "Keep a text, to be found by what it says", AddAsync)
    {
        Positionals = [s_text],
        Flags = [s_agent, s_user, s_session, s_collection],
        Remarks = "It is kept for the agent, user and session that are named together; for everybody in the org when none is.",
    };

    public static readonly Verb Search = new("memory search", "Find what was kept, the nearest first", SearchAsync)
    {
        Positionals = [s_query],
        Flags = [s_agent, s_user, s_session, s_collection, s_found],
        Remarks = "What was kept for everybody, and for no more than the agent, user and session that are named.",
    };

    public static readonly Verb List = new("memory list", "List what was kept, newest first", ListAsync)
    {
        Flags = [s_agent, s_user, s_session, s_collection, s_listed],
    };

    public static readonly Verb Delete = new("memory delete", "Forget one memory", DeleteAsync) { Positionals = [s_id] };

    public static readonly Verb Clear = new("memory clear", "Forget what was kept for an agent, user or session", ClearAsync)
    {
        Flags = [s_agent, s_user, s_session, s_collection, s_all],
        Remarks = "Those go of which everything that is named is the same.",
    };

    static async Task<int> AddAsync(Invocation call)
    {
        var stored = await call.Client.Memories.StoreAsync(new StoreMemory
        {
            Text = call.Arguments.Find(s_text) ?? await ReadAsync(call.Terminal),
            AgentId = call.Arguments.Value(s_agent),
            UserId = call.Arguments.Value(s_user),
            SessionId = call.Arguments.Value(s_session),
            Collection = call.Arguments.Value(s_collection),
        });
        if (call.WantsJson)
        {
            call.WriteJson(stored, ProtocolJson.Default.MemoryView);
        }
        else
        {
            call.Terminal.WriteForeign(stored.MemoryId);
        }

        return Ao.ExitOk;
    }

    static async Task<int> SearchAsync(Invocation call)
    {
        var found = await call.Client.Memories.SearchAsync(new SearchMemory
        {
            Query = call.Arguments.Value(s_query),
            Limit = (int?)Math.Min(call.Arguments.Number(s_found, least: 1) ?? 5, MaxLimit),
            AgentId = call.Arguments.Value(s_agent),
            UserId = call.Arguments.Value(s_user),
            SessionId = call.Arguments.Value(s_session),
            Collection = call.Arguments.Value(s_collection),
        });
        if (call.WantsJson)
        {
            call.WriteJson(found, ProtocolJson.Default.MemoryResults);
        }
        else if (found.Results.Count == 0)
        {
            call.Terminal.Out.WriteLine("No memories found");
        }
        else
        {
            Table.Write(call.Terminal, ["ID", "DISTANCE", "TEXT"], [.. found.Results.Select(Row)]);
        }

        return Ao.ExitOk;
    }

    static async Task<int> ListAsync(Invocation call)
    {
        var list = await call.Client.Memories.ListAsync(
            (int)Math.Min(call.Arguments.Number(s_listed, least: 1) ?? DefaultLimit, MaxLimit),
            call.Arguments.Value(s_agent), call.Arguments.Value(s_user), call.Arguments.Value(s_session), call.Arguments.Value(s_collection));
        if (call.WantsJson)
        {
            call.WriteJson(list, ProtocolJson.Default.MemoryList);
        }
        else if (list.Memories.Count == 0)
        {
            call.Terminal.Out.WriteLine("No memories found");
        }
        else
        {
            var now = call.Host.Time.GetUtcNow();
            Table.Write(call.Terminal, ["ID", "AGE", "AGENT", "USER", "SESSION", "COLLECTION", "TEXT"], [.. list.Memories.Select(memory => Row(memory, now))]);
        }

        return Ao.ExitOk;
    }

    static async Task<int> DeleteAsync(Invocation call)
    {
        var id = call.Arguments.Value(s_id);
        await call.Client.Memories.DeleteAsync(id);
        if (call.WantsJson)
        {
            call.WriteJson(Ok.Yes, ProtocolJson.Default.Ok);
        }
        else
        {
            call.Terminal.WriteForeign($"Forgot {id}");
        }

        return Ao.ExitOk;
    }

    static async Task<int> ClearAsync(Invocation call)
    {
        Flag[] which = [s_agent, s_user, s_session, s_collection];
        if (call.Arguments.Has(s_all) == which.Any(call.Arguments.Has))
        {
            throw new UsageException("Say which memories, with --agent, --user, --session or --collection; or --all, and none of those");
        }

        var cleared = await call.Client.Memories.ClearAsync(new ClearMemory
        {
            AgentId = call.Arguments.Value(s_agent),
            UserId = call.Arguments.Value(s_user),
            SessionId = call.Arguments.Value(s_session),
            Collection = call.Arguments.Value(s_collection),
        });
        if (call.WantsJson)
        {
            call.WriteJson(cleared, ProtocolJson.Default.MemoryCleared);
        }
        else
        {
            call.Terminal.Out.WriteLine($"Forgot {cleared.Deleted}");
        }

        return Ao.ExitOk;
    }

    static async Task<string> ReadAsync(Terminal terminal)
    {
        if (terminal.IsInputTerminal) { throw new UsageException("TEXT is missing, and nothing is piped in. Try 'ao memory add --help'"); }

        using var input = terminal.OpenInput();
        return (await input.ReadToEndAsync()).TrimEnd('\r', '\n');
    }

    static string[] Row(MemoryResult result) =>
        [result.MemoryId, result.Distance.ToString("0.00", System.Globalization.CultureInfo.InvariantCulture), result.Text];

    static string[] Row(MemoryView memory, DateTimeOffset now) =>
    [
        memory.MemoryId, Spans.Age(now - memory.CreatedAt), memory.AgentId ?? "-", memory.UserId ?? "-", memory.SessionId ?? "-", memory.Collection, memory.Text,
    ];
}
