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
        string? filename = null, IReadOnlyList<string>? tags = null, int? limit = null, CancellationToken cancel = default)
    {
        (string Name, string? Value)[] members =
        [
            ("filename", filename), ("tags", tags is { Count: > 0 } ? string.Join(',', tags) : null), ("limit", limit?.ToString(CultureInfo.InvariantCulture)),
        ];
        var query = string.Join('&', members.Where(member => member.Value is not null).Select(member => $"{member.Name}={Uri.EscapeDataString(member.Value!)}"));
        return _caller.GetAsync("/documents" + (query.Length > 0 ? "?" + query : ""), ProtocolJson.Default.IReadOnlyListDocumentView, cancel);
    }

    public Task<DocumentView> GetAsync(string documentId, CancellationToken cancel = default) =>
        _caller.GetAsync(PathOf(documentId) + "/metadata", ProtocolJson.Default.DocumentView, cancel);

    /// <summary>Its content; the caller disposes it.</summary>
    public Task<Stream> ReadAsync(string documentId, CancellationToken cancel = default) =>
        _caller.OpenStreamAsync(new Request("GET", PathOf(documentId)), cancel);

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

    static string PathOf(string documentId) => $"/documents/{PathSegment.Of(documentId)}";
}
