using System.Security.Cryptography;
using AgentOrchestrator.Cli.Archives;
using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Documents;

namespace AgentOrchestrator.Cli.Documents;

static class DocumentFileVerbs
{
    static readonly Flag s_output = new("--output", "The file to write; the document's own name, in this folder, when left out", "FILE", 'o');

    static readonly Flag s_offset = new("--offset", "So many characters into the text", "N", 'o');
    static readonly Flag s_limit = new("--limit", "So many characters at most", "N", 'l');

    public static readonly Verb Read = new("doc read", "Print the text of a document, byte for byte", ReadAsync)
    {
        Positionals = [DocumentVerbs.Id],
        Flags = [s_offset, s_limit],
        Remarks = "With --offset or --limit a part; where it stands is then told on standard error.",
        IsJsonForSeed = true,
    };

    public static readonly Verb Pull = new("doc pull", "Write a document into a file", PullAsync)
    {
        Positionals = [DocumentVerbs.Id],
        Flags = [s_output],
        Remarks = "What arrives is held against the document's checksum. A file that is there is replaced only when --output names it.",
        IsJsonForSeed = true,
    };

    static async Task<int> ReadAsync(Invocation call)
    {
        var document = await call.Documents.GetAsync(call.Arguments.Value(DocumentVerbs.Id));
        RequireText(document);
        var (offset, limit) = (call.Arguments.Number(s_offset, least: 0), call.Arguments.Number(s_limit, least: 1));
        await using var content = offset is null && limit is null
            ? await call.Documents.ReadAsync(document.Id)
            : await OpenPartAsync(call, document.Id, offset ?? 0, limit);
        call.Terminal.Out.Flush();
        await using var output = Console.OpenStandardOutput();
        await NewFile.CopyAsync(content, output);
        return Ao.ExitOk;
    }

    static async Task<Stream> OpenPartAsync(Invocation call, string documentId, long offset, long? limit)
    {
        var part = await call.Documents.ReadPartAsync(documentId, offset, limit);
        call.Terminal.Error.WriteLine($"{{\"total_chars\":{part.TotalChars},\"range\":\"{part.Range}\"}}");
        return part.Content;
    }

    static async Task<int> PullAsync(Invocation call)
    {
        var document = await call.Documents.GetAsync(call.Arguments.Value(DocumentVerbs.Id));
        var named = call.Arguments.Value(s_output);
        var path = named ?? FileNameOf(document);
        await using var content = await call.Documents.ReadAsync(document.Id);
        await NewFile.WriteAsync(path, content, file => RequireSameAsync(file, document), isReplacing: named is not null);
        if (call.SpeaksJson())
        {
            call.WriteOnLines(new DocumentPulled(true, document.Id, path, document.SizeBytes), CliJson.Default.DocumentPulled);
        }
        else
        {
            call.Terminal.WriteForeign($"Saved to {path}");
        }

        return Ao.ExitOk;
    }

    static void RequireText(DocumentView document)
    {
        var type = document.ContentType.Split(';')[0].Trim();
        if (!type.StartsWith("text/", StringComparison.Ordinal) && type is not ("application/json" or "application/xml" or "application/yaml" or "application/x-ndjson"))
        {
            throw new ProductException(ErrorCode.NotPossible, $"Cannot read non-text document (got: {document.ContentType}); use pull");
        }
    }

    /// <summary>The last part of what the server says, and nothing that leads out of this folder.</summary>
    static string FileNameOf(DocumentView document)
    {
        var name = document.Filename.Split('/', '\\')[^1];
        return name is not ("" or "." or "..") && name.IndexOfAny(Path.GetInvalidFileNameChars()) < 0
            ? name
            : throw new ProductException(ErrorCode.NotPossible, "the document's name cannot be a file's here; name one with --output");
    }

    static async Task RequireSameAsync(FileStream file, DocumentView document)
    {
        file.Seek(0, SeekOrigin.Begin);
        var checksum = Convert.ToHexStringLower(await SHA256.HashDataAsync(file));
        if (document.Checksum is not null && checksum != document.Checksum)
        {
            throw new ProductException(ErrorCode.Changed, "the document was written while it was read, or broke on the way; nothing was saved. Try again");
        }
    }
}

sealed record DocumentPulled(bool Success, string DocumentId, string Filename, long SizeBytes);
