using System.Globalization;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Documents;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Documents;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Audit;
using AgentOrchestrator.Server.Http;

namespace AgentOrchestrator.Server.Documents;

static class DocumentEndpoints
{
    public const string NextCursor = "X-Next-Cursor";

    const int RelatedAtOnce = 100;

    static readonly string[] s_reading = [HttpMethods.Get, HttpMethods.Head];

    public static void MapDocuments(this IEndpointRouteBuilder app)
    {
        var documents = app.MapGroup("/documents");
        documents.MapGet("", List).Require(Role.Viewer, Role.Agent).Answers<IReadOnlyList<DocumentView>>()
            .WithSummary("All documents, newest first, or those with all of tags and a part of their name as filename; a page with limit, and offset or cursor.");
        documents.MapPost("", Create).Require(Role.Operator, Role.Agent).Takes<CreateDocument>(orAs: "multipart/form-data").Answers<DocumentView>(StatusCodes.Status201Created)
            .WithSummary("Keeps a file, sent as multipart/form-data with file, tags, metadata and checksum; a document without content, sent as JSON.");
        documents.MapGet("/tags", ListTags).Require(Role.Viewer, Role.Agent).WithSummary("All tags, and how many documents have each.");
        documents.MapMethods("/{id}", s_reading, Read).Require(Role.Viewer, Role.Agent).Answers<string>(mediaType: "application/octet-stream")
            .WithSummary("Its content, whole or the ranges that are asked for; of a text limit characters from offset on.");
        documents.MapGet("/{id}/metadata", Show).Require(Role.Viewer, Role.Agent).WithSummary("What is known of it.");
        documents.MapPut("/{id}/content", Write).Require(Role.Operator, Role.Agent).Answers<DocumentView>()
            .WithSummary("Replaces its content by the body; with If-Match only while it has the content that the ETag stands for.");
        documents.MapPatch("/{id}/content", EditContent).Require(Role.Operator, Role.Agent).Takes<EditContent>()
            .WithSummary("Replaces a part of its text: old_string, or length characters from offset on, by new_string.");
        documents.MapPatch("/{id}", Edit).Require(Role.Operator, Role.Agent).Takes<EditDocument>().WithSummary("Replaces its name, its tags or its metadata.");
        documents.MapDelete("/{id}", Delete).Require(Role.Operator, Role.Agent).WithSummary("Deletes it, and its children before it.");
    }

    static async Task<IResult> List(
        HttpContext http, Principal caller, DocumentLibrary library, DocumentRelations relations, DocumentViews views, CancellationToken cancel)
    {
        var request = http.Request;
        var filter = new DocumentFilter(request.ReadWord("filename"), DocumentForm.SplitTags(request.Query["tags"]));
        var (limit, offset) = (request.ReadLimit(), ReadOffset(request));
        var source = library.ListAsync(caller.Org, filter, request.ReadCursor(), offset, limit + 1, cancel);
        var includes = request.ReadFlag("include_relations");
        if (limit is null)
        {
            return new StreamedList<DocumentView>(null, ViewAsync(source), ProtocolJson.Default.DocumentView);
        }

        var page = await source.ToListAsync(cancel);
        if (page.Count > limit)
        {
            page.RemoveAt(page.Count - 1);
            http.Response.Headers[NextCursor] = new PageKey(page[^1].CreatedAt, page[^1].DocumentId).ToCursor();
        }

        return Answer.Of<IReadOnlyList<DocumentView>>(await ViewAsync(page.ToAsyncEnumerable()).ToListAsync(cancel), ProtocolJson.Default.IReadOnlyListDocumentView);

        async IAsyncEnumerable<DocumentView> ViewAsync(IAsyncEnumerable<Document> documents)
        {
            await foreach (var some in documents.Chunk(RelatedAtOnce))
            {
                var found = includes ? await relations.ListAsync(caller.Org, [.. some.Select(document => document.DocumentId)], cancel) : null;
                foreach (var document in some) { yield return views.Of(http, document, found?[document.DocumentId]); }
            }
        }
    }

    static async Task<IResult> Create(
        HttpContext http, Principal caller, DocumentLibrary library, DocumentViews views, CoordinatorOptions options, CancellationToken cancel)
    {
        if (http.Request.HasFormContentType)
        {
            await using var form = await DocumentForm.ReadAsync(http, caller.Org, library, options, cancel);
            return Created(http, await library.AddAsync(caller.Org, form.Document, form.Content, form.ContentType, caller.Actor, cancel), views);
        }

        var asked = await http.Request.ReadAsync(ProtocolJson.Default.CreateDocument, cancel);
        return Created(http, await library.AddAsync(caller.Org, asked, staged: null, contentType: null, caller.Actor, cancel), views);
    }

    static async Task<Answer<DocumentTags>> ListTags(Principal caller, DocumentLibrary library, CancellationToken cancel)
    {
        var tags = await library.ListTagsAsync(caller.Org, cancel);
        return Answer.Of(new DocumentTags([.. tags.Select(tag => new DocumentTag(tag.Tag, tag.Documents))]), ProtocolJson.Default.DocumentTags);
    }

    static async Task<IResult> Read(
        string id, HttpContext http, Principal caller, DocumentLibrary library, DocumentTexts texts, CancellationToken cancel)
    {
        var document = await library.GetAsync(caller.Org, id, cancel);
        if (PartOfText.Read(http.Request) is { } part)
        {
            var places = await texts.FindAsync(document, part.Offset, part.Limit, cancel);
            await using var content = await library.OpenAsync(document, cancel);
            await PartOfText.WriteAsync(http, document, places, content, cancel);
            return Results.Empty;
        }

        return WholeContent.Of(http, document, await library.OpenAsync(document, cancel));
    }

    static async Task<Answer<DocumentView>> Show(
        string id, HttpContext http, Principal caller, DocumentLibrary library, DocumentRelations relations, DocumentViews views, CancellationToken cancel)
    {
        var document = await library.GetAsync(caller.Org, id, cancel);
        var found = http.Request.ReadFlag("include_relations") ? await relations.ListAsync(caller.Org, [document.DocumentId], cancel) : null;
        http.Response.Headers.ETag = Preconditions.TagOf(document);
        return Answer.Of(views.Of(http, document, found?[document.DocumentId]), ProtocolJson.Default.DocumentView);
    }

    static async Task<Answer<DocumentView>> Write(
        string id, HttpContext http, Principal caller, DocumentLibrary library, DocumentViews views, CoordinatorOptions options, CancellationToken cancel)
    {
        var expected = Preconditions.IfMatch(http.Request);
        var document = await library.GetAsync(caller.Org, id, cancel);
        Preconditions.Require(expected, document);
        http.TakeUpTo(options.MaxDocumentBytes);
        await using var staged = await library.StageAsync(caller.Org, http.Request.Body, http.Request.ContentLength, cancel);
        ContentDigest.Require(http.Request, staged.Content);
        return Tell(http, await library.WriteAsync(caller.Org, id, staged, expected, caller.Actor, cancel), views);
    }

    static async Task<Answer<DocumentView>> EditContent(
        string id, HttpContext http, Principal caller, DocumentTexts texts, DocumentViews views, CancellationToken cancel)
    {
        var asked = await http.Request.ReadAsync(ProtocolJson.Default.EditContent, cancel);
        var edited = await texts.EditAsync(caller.Org, id, asked, Preconditions.IfMatch(http.Request), caller.Actor, cancel);
        http.Response.Headers.ETag = Preconditions.TagOf(edited.Document);
        var view = views.Of(http, edited.Document) with { ReplacementsMade = edited.Replacements, EditRange = edited.Range };
        return Answer.Of(view, ProtocolJson.Default.DocumentView);
    }

    static async Task<Answer<DocumentView>> Edit(
        string id, HttpContext http, Principal caller, DocumentLibrary library, DocumentViews views, CancellationToken cancel)
    {
        var asked = await http.Request.ReadAsync(ProtocolJson.Default.EditDocument, cancel);
        return Tell(http, await library.EditAsync(caller.Org, id, asked, cancel), views);
    }

    static async Task<Answer<DocumentsDeleted>> Delete(string id, Principal caller, DocumentLibrary library, CancellationToken cancel)
    {
        var gone = await library.DeleteAsync(caller.Org, id, cancel);
        return Answer.Of(new DocumentsDeleted(true, $"Deleted {gone.Count} document(s)", gone), ProtocolJson.Default.DocumentsDeleted);
    }

    static Answer<DocumentView> Created(HttpContext http, Document document, DocumentViews views)
    {
        http.Concerns(document.DocumentId);
        http.Response.Headers.ETag = Preconditions.TagOf(document);
        return Answer.Of(views.Of(http, document), ProtocolJson.Default.DocumentView, StatusCodes.Status201Created);
    }

    static Answer<DocumentView> Tell(HttpContext http, Document document, DocumentViews views)
    {
        http.Response.Headers.ETag = Preconditions.TagOf(document);
        return Answer.Of(views.Of(http, document), ProtocolJson.Default.DocumentView);
    }

    static long ReadOffset(HttpRequest request) =>
        request.ReadWord("offset") is not { } text
            ? 0
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
                ? offset
                : throw new ProductException(ErrorCode.Malformed, $"offset must be a whole number from 0 to {int.MaxValue}");
}
