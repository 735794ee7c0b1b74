using AgentOrchestrator.Cli.Access;
using AgentOrchestrator.Cli.Agents;
using AgentOrchestrator.Cli.Archives;
using AgentOrchestrator.Cli.Audit;
using AgentOrchestrator.Cli.Doctor;
using AgentOrchestrator.Cli.Documents;
using AgentOrchestrator.Cli.Mcp;
using AgentOrchestrator.Cli.Memory;
using AgentOrchestrator.Cli.Proving;
using AgentOrchestrator.Cli.Runners;
using AgentOrchestrator.Cli.Serving;
using AgentOrchestrator.Cli.Sessions;
using AgentOrchestrator.Cli.Skills;
using AgentOrchestrator.Cli.Tools;

namespace AgentOrchestrator.Cli.CommandLine;

/// <summary>Every verb, in the order of the help. Each is made when asked for, so that a call pays for its own alone.</summary>
static class VerbTable
{
    static readonly Entry[] s_entries =
    [
        new("up", null, () => UpVerb.Verb),
        new("start", "ao-start", () => StartVerb.Verb),
        new("resume", "ao-resume", () => ResumeVerb.Verb),
        new("retry", null, () => RetryVerb.Verb),
        new("watch", null, () => WatchVerb.Verb),
        new("status", "ao-status", () => StatusVerb.Verb),
        new("result", "ao-get-result", () => ResultVerb.Verb),
        new("stop", null, () => StopVerb.Verb),
        new("list", "ao-list-sessions", () => ListVerb.Verb),
        new("show", "ao-show-config", () => ShowVerb.Verb),
        new("usage", null, () => UsageVerb.Verb),
        new("events", null, () => EventsVerb.Verb),
        new("delete", null, () => DeleteVerb.Verb),
        new("delete-all", "ao-delete-all", () => DeleteAllVerb.Verb),
        new("export", null, () => ExportVerb.Verb),
        new("import", null, () => ImportVerb.Verb),
        new("agents", "ao-list-blueprints", () => AgentsVerb.Verb),
        new("agents release", null, () => AgentsVerb.Release),
        new("agents start", null, () => LifecycleVerbs.Start),
        new("agents stop", null, () => LifecycleVerbs.Stop),
        new("agents create", null, () => LifecycleVerbs.Create),
        new("agents delete", null, () => LifecycleVerbs.Delete),
        new("agents runbooks", null, () => RunbookVerb.Verb),
        new("doc push", "doc-push", () => DocumentVerbs.Push),
        new("doc create", "doc-create", () => DocumentVerbs.Create),
        new("doc write", "doc-write", () => DocumentVerbs.Write),
        new("doc query", "doc-query", () => DocumentVerbs.Query),
        new("doc search", "doc-search", () => DocumentSearchVerb.Verb),
        new("doc info", "doc-info", () => DocumentVerbs.Info),
        new("doc read", "doc-read", () => DocumentFileVerbs.Read),
        new("doc pull", "doc-pull", () => DocumentFileVerbs.Pull),
        new("doc edit", "doc-edit", () => DocumentEditVerb.Verb),
        new("doc versions", null, () => DocumentVersionsVerb.Verb),
        new("doc link", "doc-link", () => DocumentLinkVerb.Verb),
        new("doc tags", null, () => DocumentVerbs.Tags),
        new("doc delete", "doc-delete", () => DocumentVerbs.Delete),
        new("memory add", null, () => MemoryVerbs.Add),
        new("memory search", null, () => MemoryVerbs.Search),
        new("memory list", null, () => MemoryVerbs.List),
        new("memory delete", null, () => MemoryVerbs.Delete),
        new("memory clear", null, () => MemoryVerbs.Clear),
        new("actions list", null, () => ActionVerbs.List),
        new("actions search", null, () => ActionVerbs.Search),
        new("actions run", null, () => ActionVerbs.Run),
        new("actions servers", null, () => ActionServerVerbs.List),
        new("actions assign", null, () => ActionServerVerbs.Assign),
        new("actions remove", null, () => ActionServerVerbs.Remove),
        new("actions refresh", null, () => ActionServerVerbs.Refresh),
        new("actions changes", null, () => ActionWatchVerbs.Changes),
        new("actions accept", null, () => ActionWatchVerbs.Accept),
        new("actions usage", null, () => ActionWatchVerbs.Usage),
        new("skills", null, () => SkillVerbs.List),
        new("skills show", null, () => SkillVerbs.Show),
        new("skills save", null, () => SkillVerbs.Save),
        new("skills run", null, () => SkillVerbs.Run),
        new("skills read", null, () => SkillVerbs.Read),
        new("skills delete", null, () => SkillVerbs.Delete),
        new("skills executions", null, () => SkillExecutionVerbs.List),
        new("skills execution", null, () => SkillExecutionVerbs.Show),
        new("runner", null, () => RunnerVerb.Verb),
        new("mcp", null, () => McpVerb.Verb),
        new("backup", null, () => BackupVerb.Verb),
        new("restore", null, () => RestoreVerb.Verb),
        new("verify", null, () => VerifyVerb.Verb),
        new("prove", null, () => ProveVerb.Verb),
        new("doctor", null, () => DoctorVerb.Verb),
        new("audit", null, () => AuditVerb.Verb),
        new("token", null, () => TokenVerbs.Show),
        new("token create", null, () => TokenVerbs.Create),
        new("token list", null, () => TokenVerbs.List),
        new("token revoke", null, () => TokenVerbs.Revoke),
    ];

    public static IEnumerable<Verb> All => s_entries.Select(entry => entry.Define());

    /// <summary>The verbs of two words that begin with this one.</summary>
    public static IReadOnlyList<Verb> Group(string word) =>
        [.. s_entries.Where(entry => entry.Name.StartsWith(word + " ", StringComparison.Ordinal)).Select(entry => entry.Define())];

    /// <summary>The names under which the predecessor's commands are installed.</summary>
    public static IEnumerable<string> SeedNames => s_entries.Select(entry => entry.SeedName).OfType<string>();

    public static Verb? FindSeed(string program)
    {
        foreach (var entry in s_entries)
        {
            if (entry.SeedName == program)
            {
                return entry.Define();
            }
        }

        return null;
    }

    /// <summary>The verb that the first one or two words name; the longer name wins.</summary>
    public static Verb? Find(string[] args, out string[] rest)
    {
        var two = args.Length > 1 ? FindName($"{args[0]} {args[1]}") : null;
        var verb = two ?? (args.Length > 0 ? FindName(args[0]) : null);
        rest = args[(two is not null ? 2 : verb is not null ? 1 : 0)..];
        return verb;
    }

    static Verb? FindName(string name)
    {
        foreach (var entry in s_entries)
        {
            if (entry.Name == name)
            {
                return entry.Define();
            }
        }

        return null;
    }

    sealed record Entry(string Name, string? SeedName, Func<Verb> Define);
}
