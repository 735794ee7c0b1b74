using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Documents;

namespace AgentOrchestrator.Cli.Documents;

static class DocumentLinkVerb
{
    static readonly Positional s_to = new("TO", "With --create: the second document", IsOptional: true);
    static readonly Flag s_types = new("--types", "List what documents can be to each other");
    static readonly Flag s_create = new("--create", "Relate this document to TO, as --type says", "FROM");
    static readonly Flag s_type = new("--type", "parent-child, related or predecessor-successor", "TYPE");
    static readonly Flag s_fromNote = new("--from-to-note", "A note in the row of FROM", "TEXT");
    static readonly Flag s_toNote = new("--to-from-note", "A note in the row of TO", "TEXT");
    static readonly Flag s_update = new("--update", "Give this relation the --note", "RELATION");
    static readonly Flag s_note = new("--note", "With --update: the note; none when empty", "TEXT");
    static readonly Flag s_remove = new("--remove", "Remove this relation, with its other row", "RELATION");

    public static readonly Verb Verb = new("doc link", "Say what documents are to each other", RunAsync)
    {
        Positionals = [s_to],
        Flags = [s_types, s_create, s_type, s_fromNote, s_toNote, s_update, s_note, s_remove],
        Remarks = "Exactly one of --types, --create, --update and --remove. A parent that is deleted takes its children along.",
        IsJsonForSeed = true,
    };

    static async Task<int> RunAsync(Invocation call)
    {
        var arguments = call.Arguments;
        Flag[] actions = [s_types, s_create, s_update, s_remove];
        if (actions.Count(arguments.Has) != 1) { throw new UsageException("Give exactly one of --types, --create, --update and --remove"); }

        if (arguments.Has(s_types))
        {
            call.WriteOnLines(await call.Documents.ListRelationDefinitionsAsync(), ProtocolJson.Default.IReadOnlyListRelationDefinitionView);
        }
        else if (arguments.Value(s_create) is { } from)
        {
            call.WriteOnLines(await call.Documents.RelateAsync(RelationOf(arguments, from)), ProtocolJson.Default.RelationCreated);
        }
        else if (arguments.Value(s_update) is { } noted)
        {
            var note = arguments.Value(s_note) ?? throw new UsageException("--note is missing");
            call.WriteOnLines(await call.Documents.NoteRelationAsync(noted, note.Length == 0 ? null : note), ProtocolJson.Default.RelationView);
        }
        else
        {
            call.WriteOnLines(await call.Documents.UnrelateAsync(arguments.Value(s_remove)!), ProtocolJson.Default.RelationsRemoved);
        }

        return Ao.ExitOk;
    }

    static RelateDocuments RelationOf(Arguments arguments, string from) => new()
    {
        Definition = arguments.Value(s_type) ?? throw new UsageException("--type is missing"),
        FromDocumentId = from,
        ToDocumentId = arguments.Find(s_to) ?? throw new UsageException("TO is missing"),
        FromToNote = arguments.Value(s_fromNote),
        ToFromNote = arguments.Value(s_toNote),
    };
}
