using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Documents;

namespace AgentOrchestrator.Cli.Documents;

static class DocumentVerbs
{
    const int MaxLimit = 1_000;

    public static readonly Positional Id = new("ID", "The document's id; see 'ao doc query'");

    static readonly Positional s_file = new("FILE", "The file to keep");
    static readonly Flag s_filename = new("--name", "Its name; the file's own when left out", "NAME");
    static readonly Flag s_newName = new("--name", "Its name", "NAME");
    static readonly Flag s_part = new("--name", "A part of the name", "TEXT");
    static readonly Flag s_tags = new("--tags", "Its tags, with commas between them", "TAGS");
    static readonly Flag s_asked = new("--tags", "Each of these tags, with commas between them", "TAGS");
    static readonly Flag s_description = new("--description", "What it is about", "TEXT");
    static readonly Flag s_content = new("--content", "The content; standard input when left out", "TEXT");
    static readonly Flag s_ifMatch = new("--if-match", "Only while it has the content of this checksum", "SHA256");
    static readonly Flag s_limit = new("--limit", "The newest so many; all when left out", "N", 'n');

    static readonly Flag s_related = new("--include-relations", "With what others are to each, in --json");

    public static readonly Verb Push = new("doc push", "Keep a file for others to read", PushAsync)
    {
        Positionals = [s_file],
        Flags = [s_filename, s_tags, s_description],
        IsJsonForSeed = true,
    };

    public static readonly Verb Create = new("doc create", "Make a document whose content comes later", CreateAsync)
    {
        Flags = [s_newName, s_tags, s_description],
        IsJsonForSeed = true,
    };

    public static readonly Verb Write = new("doc write", "Replace the content of a document", WriteAsync)
    {
        Positionals = [Id],
        Flags = [s_content, s_ifMatch],
        Remarks = "What was there before is kept as an older version.",
        IsJsonForSeed = true,
    };

    public static readonly Verb Query = new("doc query", "List documents by name and tags, newest first", QueryAsync)
    {
        Flags = [s_part, s_asked, s_limit, s_related],
        IsJsonForSeed = true,
    };

    public static readonly Verb Info = new("doc info", "Show what is known of a document, and what others are to it", InfoAsync) { Positionals = [Id], IsJsonForSeed = true };

    public static readonly Verb Tags = new("doc tags", "List all tags, or give a document others", TagsAsync)
    {
        Positionals = [new Positional("ID", "The document that gets --tags; all tags are listed when left out", IsOptional: true)],
        Flags = [s_tags],
        Remarks = "--tags stand in the place of those that the document has; --tags \"\" takes all from it.",
    };

    public static readonly Verb Delete = new("doc delete", "Delete a document, with its children", DeleteAsync) { Positionals = [Id], IsJsonForSeed = true };

    static async Task<int> PushAsync(Invocation call)
    {
        var path = call.Arguments.Value(s_file);
        await using var file = Open(path);
        var name = call.Arguments.Value(s_filename) ?? Path.GetFileName(path);
        return Tell(call, await call.Documents.PushAsync(file, name, null, TagsOf(call), MetadataOf(call)));
    }

    static async Task<int> CreateAsync(Invocation call)
    {
        var name = call.Arguments.Value(s_newName) ?? throw new UsageException("--name is missing");
        return Tell(call, await call.Documents.CreateAsync(new CreateDocument { Filename = name, Tags = TagsOf(call), Metadata = MetadataOf(call) }));
    }

    static async Task<int> WriteAsync(Invocation call)
    {
        await using var content = call.Arguments.Value(s_content) is { } text
            ? new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text))
            : OpenInput(call.Terminal);
        return Tell(call, await call.Documents.WriteAsync(call.Arguments.Value(Id), content, call.Arguments.Value(s_ifMatch)));
    }

    static async Task<int> QueryAsync(Invocation call)
    {
        var limit = call.Arguments.Number(s_limit, least: 1);
        var found = await call.Documents.ListAsync(
            call.Arguments.Value(s_part), Split(call.Arguments.Value(s_asked)), limit is { } most ? (int)Math.Min(most, MaxLimit) : null,
            call.Arguments.Has(s_related));
        if (call.SpeaksJson())
        {
            call.WriteOnLines(found, ProtocolJson.Default.IReadOnlyListDocumentView);
        }
        else if (found.Count == 0)
        {
            call.Terminal.Out.WriteLine("No documents found");
        }
        else
        {
            var now = call.Host.Time.GetUtcNow();
            Table.Write(call.Terminal, ["ID", "AGE", "BYTES", "TYPE", "TAGS", "NAME"], [.. found.Select(document => Row(document, now))]);
        }

        return Ao.ExitOk;
    }

    static async Task<int> InfoAsync(Invocation call)
    {
        call.WriteOnLines(await call.Documents.GetAsync(call.Arguments.Value(Id), includeRelations: true), ProtocolJson.Default.DocumentView);
        return Ao.ExitOk;
    }

    static async Task<int> TagsAsync(Invocation call)
    {
        if (call.Arguments.Find(Tags.Positionals[0]) is { } id)
        {
            var tags = call.Arguments.Value(s_tags) ?? throw new UsageException("--tags is missing");
            return Tell(call, await call.Documents.EditAsync(id, new EditDocument { Tags = Split(tags) }));
        }

        var all = await call.Documents.ListTagsAsync();
        if (call.WantsJson)
        {
            call.WriteJson(all, ProtocolJson.Default.DocumentTags);
        }
        else if (all.Tags.Count == 0)
        {
            call.Terminal.Out.WriteLine("No tags found");
        }
        else
        {
            Table.Write(call.Terminal, ["DOCUMENTS", "TAG"], [.. all.Tags.Select(tag => (string[])[$"{tag.Count}", tag.Tag])]);
        }

        return Ao.ExitOk;
    }

    static async Task<int> DeleteAsync(Invocation call)
    {
        var deleted = await call.Documents.DeleteAsync(call.Arguments.Value(Id));
        if (call.SpeaksJson())
        {
            call.WriteOnLines(deleted, ProtocolJson.Default.DocumentsDeleted);
        }
        else
        {
            call.Terminal.WriteForeign(deleted.Message);
        }

        return Ao.ExitOk;
    }

    static int Tell(Invocation call, DocumentView document)
    {
        if (call.SpeaksJson())
        {
            call.WriteOnLines(document, ProtocolJson.Default.DocumentView);
        }
        else
        {
            call.Terminal.WriteForeign(document.Id);
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

    static Stream OpenInput(Terminal terminal) => terminal.IsInputTerminal
        ? throw new UsageException("--content is missing, and nothing is piped in")
        : Console.OpenStandardInput();

    static string[] TagsOf(Invocation call) => Split(call.Arguments.Value(s_tags));

    static string[] Split(string? tags) => tags?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    static Dictionary<string, string>? MetadataOf(Invocation call) =>
        call.Arguments.Value(s_description) is { } description ? new() { ["description"] = description } : null;

    static string[] Row(DocumentView document, DateTimeOffset now) =>
    [
        document.Id, Spans.Age(now - document.CreatedAt), $"{document.SizeBytes}", document.ContentType, document.Tags.Count > 0 ? string.Join(',', document.Tags) : "-",
        document.Filename,
    ];
}
