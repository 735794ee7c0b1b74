using System.Text.Json;
using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Documents;

namespace AgentOrchestrator.Cli.Documents;

static class DocumentEditVerb
{
    static readonly Flag s_old = new("--old-string", "What stands there, once unless --replace-all", "TEXT");
    static readonly Flag s_new = new("--new-string", "What is to stand there", "TEXT");
    static readonly Flag s_all = new("--replace-all", "In every place where it stands");
    static readonly Flag s_offset = new("--offset", "In place of --old-string: so many characters into the text", "N");
    static readonly Flag s_length = new("--length", "How many characters from there; none when left out", "N");
    static readonly Flag s_spec = new("--spec", "Read all of this as a JSON object from standard input");

    public static readonly Verb Verb = new("doc edit", "Change a part of a document's text, and nothing besides", RunAsync)
    {
        Positionals = [DocumentVerbs.Id],
        Flags = [s_old, s_new, s_all, s_offset, s_length, s_spec],
        Remarks = "The object of --spec has the members old_string, new_string, replace_all, offset and length.",
        IsJsonForSeed = true,
    };

    static async Task<int> RunAsync(Invocation call)
    {
        // The predecessor's --json is the spec.
        var spec = call.Arguments.Has(s_spec) || (call.IsSeedName && call.WantsJson) ? await ReadSpecAsync(call) : SpecOf(call.Arguments);
        var edited = await call.Documents.EditContentAsync(call.Arguments.Value(DocumentVerbs.Id), spec);
        if (call.SpeaksJson())
        {
            call.WriteOnLines(edited, ProtocolJson.Default.DocumentView);
        }
        else
        {
            call.Terminal.Out.WriteLine(edited.ReplacementsMade is { } made ? $"Replaced {made}" : $"Replaced {edited.EditRange!.OldLength} characters by {edited.EditRange.NewLength}");
        }

        return Ao.ExitOk;
    }

    static EditContent SpecOf(Arguments arguments) => new()
    {
        OldString = arguments.Value(s_old),
        NewString = arguments.Value(s_new),
        ReplaceAll = arguments.Has(s_all),
        Offset = arguments.Number(s_offset, least: 0),
        Length = arguments.Number(s_length, least: 0),
    };

    static async Task<EditContent> ReadSpecAsync(Invocation call)
    {
        using var input = call.Terminal.OpenInput();
        try
        {
            return JsonSerializer.Deserialize(await input.ReadToEndAsync(), ProtocolJson.Default.EditContent) ?? throw new JsonException("null");
        }
        catch (JsonException wrong)
        {
            throw new ProductException(ErrorCode.Invalid, $"standard input is not such a JSON object: {wrong.Message}", inner: wrong);
        }
    }
}
