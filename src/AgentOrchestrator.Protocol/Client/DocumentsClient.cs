using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AgentOrchestrator.Protocol.Client.Transport;
using AgentOrchestrator.Protocol.Documents;

namespace AgentOrchestrator.Protocol.Client;

/// <summary>Content that agents and people share, found by name and tags.</summary>
public readonly struct DocumentsClient
{
    readonly Caller _caller;

    internal DocumentsClient(Caller caller) => _caller = caller;

    /// <summary>Keeps a file.</summary>
    /// <param name="contentType">What it is; the server looks at the name and the content when null.</param>
    /// <exception cref="ProductException">TooLarge; StorageFull above the quota.</exception>
    public async Task<DocumentView> PushAsync(
        Stream content, string filename, string? contentType = null, IReadOnlyList<string>? tags = null, IReadOnlyDictionary<string, string>? metadata = null,
        CancellationToken cancel = default)
    {
        using var form = new MultipartFormDataContent();
        if (tags is { Count: > 0 }) { form.Add(new StringContent(string.Join(',', tags), Encoding.UTF8), "tags"); }
        if (metadata is not null)
        {
            form.Add(new StringContent(JsonSerializer.Serialize(metadata, CompactJson.Default.IReadOnlyDictionaryStringString), Encoding.UTF8), "metadata");
        }

        var file = new StreamContent(content);
        if (contentType is not null) { file.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType); }

        form.Add(file, "file", filename);
        var body = await form.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        return await _caller.UploadAsync(
            new Request("POST", "/documents"), body, form.Headers.ContentType!.ToString(), ProtocolJson.Default.DocumentView, cancel).ConfigureAwait(false);
    }

    /// <summary>A document whose content is still to be written.</summary>
    public Task<DocumentView> CreateAsync(CreateDocument document, CancellationToken cancel = default) =>
        _caller.PostAsync("/documents", document, ProtocolJson.Default.CreateDocument, ProtocolJson.Default.DocumentView, null, cancel);

    /// <param name="filename">A part of the name; all names when null.</param>
    /// <param name="tags">Each of them.</param>
    /// <param name="limit">All of them when null.</param>
    public Task<IReadOnlyList<DocumentView>> ListAsync(
        string? filename = null, IReadOnlyList<string>? tags = null, int? limit = null, bool includeRelations = false, CancellationToken cancel = default)
    {
        (string Name, string? Value)[] members =
        [
            ("filename", filename), ("tags", tags is { Count: > 0 } ? string.Join(',', tags) : null), ("limit", limit?.ToString(CultureInfo.InvariantCulture)),
            ("include_relations", includeRelations ? "true" : null),
        ];
        var query = string.Join('&', members.Where(member => member.Value is not null).Select(member => $"{member.Name}={Uri.EscapeDataString(member.Value!)}"));
        return _caller.GetAsync("/documents" + (query.Length > 0 ? "?" + query : ""), ProtocolJson.Default.IReadOnlyListDocumentView, cancel);
    }

    public Task<DocumentView> GetAsync(string documentId, bool includeRelations = false, CancellationToken cancel = default) =>
        _caller.GetAsync(PathOf(documentId) + "/metadata" + (includeRelations ? "?include_relations=true" : ""), ProtocolJson.Default.DocumentView, cancel);

    /// <summary>Its content; the caller disposes it.</summary>
    public Task<Stream> ReadAsync(string documentId, CancellationToken cancel = default) =>
        _caller.OpenStreamAsync(new Request("GET", PathOf(documentId)), cancel);

    /// <summary>A part of its text; the caller disposes it.</summary>
    /// <param name="limit">How many characters from <paramref name="offset"/> on; to the end when null.</param>
    /// <exception cref="ProductException">NotPossible when it is no text.</exception>
    public async Task<DocumentPart> ReadPartAsync(string documentId, long offset, long? limit, CancellationToken cancel = default)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var query = string.Create(CultureInfo.InvariantCulture, $"?offset={offset}") + (limit is { } most ? string.Create(CultureInfo.InvariantCulture, $"&limit={most}") : "");
        var content = await _caller.OpenStreamAsync(new Request("GET", PathOf(documentId) + query) { AnswerHeaders = headers }, cancel).ConfigureAwait(false);
        return new DocumentPart(content, headers.GetValueOrDefault("X-Char-Range") ?? "", headers.GetValueOrDefault("X-Total-Chars") ?? "");
    }

    /// <summary>Documents that have words of the query, the best first.</summary>
    public Task<DocumentsFound> SearchAsync(string query, int limit = 10, bool includeRelations = false, CancellationToken cancel = default) => _caller.GetAsync(
        string.Create(CultureInfo.InvariantCulture, $"/search?q={Uri.EscapeDataString(query)}&limit={limit}") + (includeRelations ? "&include_relations=true" : ""),
        ProtocolJson.Default.DocumentsFound, cancel);

    /// <summary>Replaces a part of its text.</summary>
    /// <exception cref="ProductException">NotPossible, saying what does not fit.</exception>
    public Task<DocumentView> EditContentAsync(string documentId, EditContent edit, CancellationToken cancel = default) => _caller.SendAsync(
        new Request("PATCH", PathOf(documentId) + "/content", JsonSerializer.SerializeToUtf8Bytes(edit, CompactJson.Default.EditContent)),
        ProtocolJson.Default.DocumentView, cancel);

    /// <summary>The newest first.</summary>
    public Task<DocumentVersionList> ListVersionsAsync(string documentId, CancellationToken cancel = default) =>
        _caller.GetAsync(PathOf(documentId) + "/versions", ProtocolJson.Default.DocumentVersionList, cancel);

    /// <summary>What changed from a version to the present content.</summary>
    public Task<DocumentDifference> CompareAsync(string documentId, int version, CancellationToken cancel = default) =>
        _caller.GetAsync(VersionOf(documentId, version) + "/difference", ProtocolJson.Default.DocumentDifference, cancel);

    /// <summary>Makes the content of a version the present one.</summary>
    public Task<DocumentView> RestoreAsync(string documentId, int version, CancellationToken cancel = default) =>
        _caller.SendAsync(new Request("POST", VersionOf(documentId, version) + "/restore"), ProtocolJson.Default.DocumentView, cancel);

    public Task<IReadOnlyList<RelationDefinitionView>> ListRelationDefinitionsAsync(CancellationToken cancel = default) =>
        _caller.GetAsync("/relations/definitions", ProtocolJson.Default.IReadOnlyListRelationDefinitionView, cancel);

    /// <exception cref="ProductException">Conflict when they are so related, or would make a circle.</exception>
    public Task<RelationCreated> RelateAsync(RelateDocuments relation, CancellationToken cancel = default) =>
        _caller.PostAsync("/relations", relation, ProtocolJson.Default.RelateDocuments, ProtocolJson.Default.RelationCreated, null, cancel);

    public Task<RelationView> NoteRelationAsync(string relationId, string? note, CancellationToken cancel = default) => _caller.SendAsync(
        new Request("PATCH", $"/relations/{PathSegment.Of(relationId)}", JsonSerializer.SerializeToUtf8Bytes(new NoteRelation { Note = note }, ProtocolJson.Default.NoteRelation)),
        ProtocolJson.Default.RelationView, cancel);

    public Task<RelationsRemoved> UnrelateAsync(string relationId, CancellationToken cancel = default) =>
        _caller.SendAsync(new Request("DELETE", $"/relations/{PathSegment.Of(relationId)}"), ProtocolJson.Default.RelationsRemoved, cancel);

    /// <summary>Replaces the content.</summary>
    /// <param name="ifChecksum">Only while it has the content of this SHA-256; null for whatever it has.</param>
    /// <exception cref="ProductException">Changed when it has another.</exception>
    public Task<DocumentView> WriteAsync(string documentId, Stream content, string? ifChecksum = null, CancellationToken cancel = default) =>
        _caller.UploadAsync(
            new Request("PUT", PathOf(documentId) + "/content") { IfMatch = ifChecksum is null ? null : $"\"{ifChecksum}\"" }, content,
            "application/octet-stream", ProtocolJson.Default.DocumentView, cancel);

    public Task<DocumentView> EditAsync(string documentId, EditDocument edit, CancellationToken cancel = default) => _caller.SendAsync(
        new Request("PATCH", PathOf(documentId), JsonSerializer.SerializeToUtf8Bytes(edit, CompactJson.Default.EditDocument)),
        ProtocolJson.Default.DocumentView, cancel);

    public Task<DocumentsDeleted> DeleteAsync(string documentId, CancellationToken cancel = default) =>
        _caller.SendAsync(new Request("DELETE", PathOf(documentId)), ProtocolJson.Default.DocumentsDeleted, cancel);

    public Task<DocumentTags> ListTagsAsync(CancellationToken cancel = default) =>
        _caller.GetAsync("/documents/tags", ProtocolJson.Default.DocumentTags, cancel);

    static string VersionOf(string documentId, int version) => string.Create(CultureInfo.InvariantCulture, $"{PathOf(documentId)}/versions/{version}");

    static string PathOf(string documentId) => $"/documents/{PathSegment.Of(documentId)}";
}

/// <param name="Range">From the first character to the one behind the last, as <c>0-10</c>.</param>
/// <param name="TotalChars">All characters of the text.</param>
public sealed record DocumentPart(Stream Content, string Range, string TotalChars);
