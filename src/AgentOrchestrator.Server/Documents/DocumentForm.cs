using System.Text;
using System.Text.Json;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Documents;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Documents;
using AgentOrchestrator.Server.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace AgentOrchestrator.Server.Documents;

/// <summary>A file with its tags and metadata, as <c>multipart/form-data</c> in any order; the file is on disk by the time that it is read.</summary>
sealed class DocumentForm : IAsyncDisposable
{
    const int MaxParts = 20;
    const int MaxFieldBytes = 512 * 1024;
    const int MaxPartHeaderBytes = 16 * 1024;

    readonly Dictionary<string, string> _fields = [];
    string? _filename;

    DocumentForm()
    {
    }

    public StagedContent? Content { get; private set; }

    /// <summary>What the file's part says that it is.</summary>
    public string? ContentType { get; private set; }

    public CreateDocument Document { get; private set; } = new();

    /// <exception cref="ProductException">NotPossible and Invalid in words; what staging refuses.</exception>
    public static async Task<DocumentForm> ReadAsync(
        HttpContext http, string org, DocumentLibrary library, CoordinatorOptions options, CancellationToken cancel)
    {
        http.TakeUpTo(options.MaxDocumentBytes + (MaxParts * MaxFieldBytes));
        var form = new DocumentForm();
        try
        {
            await form.ReadPartsAsync(http.Request, org, library, cancel);
            form.Understand();
            return form;
        }
        catch (Exception cut) when (cut is InvalidDataException or IOException and not BadHttpRequestException)
        {
            await form.DisposeAsync();
            throw new ProductException(ErrorCode.Malformed, "the body is not the multipart/form-data that its Content-Type says", inner: cut);
        }
        catch
        {
            await form.DisposeAsync();
            throw;
        }
    }

    /// <summary>With commas between them; each once, and none that is empty.</summary>
    public static IReadOnlyList<string> SplitTags(StringValues values) =>
        [.. values.SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Distinct()];

    public ValueTask DisposeAsync() => Content?.DisposeAsync() ?? ValueTask.CompletedTask;

    async Task ReadPartsAsync(HttpRequest request, string org, DocumentLibrary library, CancellationToken cancel)
    {
        var reader = new MultipartReader(BoundaryOf(request), request.Body) { HeadersLengthLimit = MaxPartHeaderBytes };
        for (var parts = 0; await reader.ReadNextSectionAsync(cancel) is { } part; parts++)
        {
            if (parts == MaxParts) { throw new ProductException(ErrorCode.Invalid, $"a form may have {MaxParts} parts at most"); }

            await ReadPartAsync(part, org, library, cancel);
        }
    }

    async Task ReadPartAsync(MultipartSection part, string org, DocumentLibrary library, CancellationToken cancel)
    {
        if (!ContentDispositionHeaderValue.TryParse(part.ContentDisposition, out var disposition)) { return; }

        var name = HeaderUtilities.RemoveQuotes(disposition.Name).ToString();
        if (name is not "file")
        {
            _fields[name] = await ReadFieldAsync(part.Body, name, cancel);
            return;
        }

        if (Content is not null) { throw new ProductException(ErrorCode.Invalid, "file must be given once"); }

        _filename = (disposition.FileNameStar.HasValue ? disposition.FileNameStar : HeaderUtilities.UnescapeAsQuotedString(disposition.FileName)).ToString();
        ContentType = part.ContentType;
        Content = await library.StageAsync(org, part.Body, length: null, cancel);
    }

    void Understand()
    {
        if (Content is null || string.IsNullOrEmpty(_filename)) { throw new ProductException(ErrorCode.NotPossible, "file is required"); }

        ContentDigest.Require(_fields.GetValueOrDefault("checksum"), Content.Content);
        Document = new CreateDocument
        {
            Filename = _filename,
            Tags = SplitTags(_fields.GetValueOrDefault("tags")),
            Metadata = ReadMetadata(_fields.GetValueOrDefault("metadata")),
        };
    }

    static Dictionary<string, string>? ReadMetadata(string? json)
    {
        if (string.IsNullOrWhiteSpace(json)) { return null; }

        JsonElement metadata;
        try
        {
            metadata = JsonSerializer.Deserialize(json, CompactJson.Default.JsonElement);
        }
        catch (JsonException wrong)
        {
            throw new ProductException(ErrorCode.NotPossible, "Invalid JSON in metadata parameter", inner: wrong);
        }

        if (metadata.ValueKind is not JsonValueKind.Object) { throw new ProductException(ErrorCode.Invalid, "metadata must be an object"); }

        var texts = new Dictionary<string, string>();
        foreach (var member in metadata.EnumerateObject())
        {
            texts[member.Name] = member.Value.ValueKind is JsonValueKind.String
                ? member.Value.GetString()!
                : throw new ProductException(ErrorCode.Invalid, $"metadata.{member.Name} must be text");
        }

        return texts;
    }

    static string BoundaryOf(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.MediaType == "multipart/form-data"
            && HeaderUtilities.RemoveQuotes(type.Boundary) is { Length: > 0 and <= 200 } boundary
            ? boundary.ToString()
            : throw new ProductException(ErrorCode.UnsupportedMediaType, "send a file as multipart/form-data, or a document without content as application/json");

    static async Task<string> ReadFieldAsync(Stream body, string name, CancellationToken cancel)
    {
        var bytes = new byte[MaxFieldBytes];
        var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel);
        return length < bytes.Length
            ? RequireText(bytes.AsSpan(0, length), name)
            : throw new ProductException(ErrorCode.TooLarge, $"the part {name} is over its limit of {MaxFieldBytes} bytes");
    }

    static string RequireText(ReadOnlySpan<byte> bytes, string name) => System.Text.Unicode.Utf8.IsValid(bytes)
        ? Encoding.UTF8.GetString(bytes)
        : throw new ProductException(ErrorCode.Invalid, $"the part {name} must be UTF-8");
}

static class LargeBodies
{
    /// <summary>The server's bound is for JSON; bodies of documents have their own.</summary>
    public static void TakeUpTo(this HttpContext http, long bytes) =>
        http.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize = bytes + RequestBody.MaxBytes;
}
