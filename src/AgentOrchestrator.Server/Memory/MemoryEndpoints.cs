using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Memory;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Memory;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Audit;
using AgentOrchestrator.Server.Http;

namespace AgentOrchestrator.Server.Memory;

static class MemoryEndpoints
{
    public static void MapMemories(this IEndpointRouteBuilder app)
    {
        var memories = app.MapGroup("/memories");
        memories.MapGet("", List).Require(Role.Viewer).Answers<MemoryList>()
            .WithSummary("All memories, newest first, of all scopes or of those that agent_id, user_id, session_id and collection name; a page with limit and cursor.");
        memories.MapPost("", Store).Require(Role.Operator, Role.Agent).Takes<StoreMemory>().Answers<MemoryView>(StatusCodes.Status201Created)
            .WithSummary("Keeps a text for the agent, user and session that are named together, for the whole org when none is.");
        memories.MapGet("/{id}", Show).Require(Role.Viewer).WithSummary("One memory.");
        memories.MapPatch("/{id}", Write).Require(Role.Operator, Role.Agent).Takes<WriteMemory>().WithSummary("Replaces its text, and its metadata where they are given.");
        memories.MapDelete("/{id}", Delete).Require(Role.Operator, Role.Agent).WithSummary("Forgets it.");
        memories.MapSearch("/search");
        memories.MapPost("/clear", Clear).Require(Role.Operator).Takes<ClearMemory>()
            .WithSummary("Forgets those of which every member that is given is the same; all when none is.");

        var ofAgents = app.MapGroup("/agents/memory");
        ofAgents.MapSearch("/search");
        ofAgents.MapPost("/clear", ClearOfAgents).Require(Role.Operator).Takes<ClearMemory>().WithSummary("As /memories/clear, where clear_long_term is true.");
    }

    static void MapSearch(this RouteGroupBuilder group, string path) =>
        group.MapPost(path, Search).Require(Role.Viewer, Role.Agent).Takes<SearchMemory>().WithoutAudit()
            .WithSummary("What is like the query, the nearest first: of the whole org, and of the agent, user and session that are named.");

    static async Task<IResult> List(HttpRequest request, Principal caller, LongTermMemory memory, MemoryAccess access, CancellationToken cancel)
    {
        var page = new Page<StoredMemory>(request.ReadLimit(), one => new PageKey(one.CreatedAt, one.MemoryId));
        var filter = await access.ResolveAsync(
            caller,
            new MemoryFilter(request.ReadWord("agent_id"), request.ReadWord("user_id"), request.ReadWord("session_id"), request.ReadWord("collection")),
            cancel);
        var source = memory.ListAsync(caller.Org, filter, request.ReadCursor(), page.SourceLimit, cancel);
        return page.ToResult("memories", source, View, ProtocolJson.Default.MemoryView);
    }

    static async Task<IResult> Store(HttpRequest request, Principal caller, LongTermMemory memory, MemoryAccess access, CancellationToken cancel)
    {
        var asked = await request.ReadAsync(ProtocolJson.Default.StoreMemory, cancel);
        var scope = await access.ResolveToStoreAsync(caller, new MemoryScope(asked.AgentId, asked.UserId, asked.SessionId), cancel);
        var stored = await memory.StoreAsync(caller.Org, scope, asked, cancel);
        request.HttpContext.Concerns(stored.MemoryId);
        return Answer.Of(View(stored), ProtocolJson.Default.MemoryView, StatusCodes.Status201Created);
    }

    static async Task<Answer<MemoryView>> Show(string id, Principal caller, LongTermMemory memory, CancellationToken cancel) =>
        Answer.Of(View(await memory.GetAsync(caller.Org, id, cancel)), ProtocolJson.Default.MemoryView);

    static async Task<Answer<MemoryView>> Write(
        string id, HttpRequest request, Principal caller, LongTermMemory memory, MemoryAccess access, CancellationToken cancel)
    {
        var asked = await request.ReadAsync(ProtocolJson.Default.WriteMemory, cancel);
        await access.RequireOwnAsync(caller, await memory.GetAsync(caller.Org, id, cancel), cancel);
        return Answer.Of(View(await memory.UpdateAsync(caller.Org, id, asked, cancel)), ProtocolJson.Default.MemoryView);
    }

    static async Task<Answer<Ok>> Delete(string id, Principal caller, LongTermMemory memory, MemoryAccess access, CancellationToken cancel)
    {
        await access.RequireOwnAsync(caller, await memory.GetAsync(caller.Org, id, cancel), cancel);
        await memory.DeleteAsync(caller.Org, id, cancel);
        return Answer.Of(Ok.Yes, ProtocolJson.Default.Ok);
    }

    static async Task<Answer<MemoryResults>> Search(
        HttpRequest request, Principal caller, LongTermMemory memory, MemoryAccess access, TimeProvider time, CancellationToken cancel)
    {
        var asked = await request.ReadAsync(ProtocolJson.Default.SearchMemory, cancel);
        var scope = await access.ResolveToSearchAsync(caller, new MemoryScope(asked.AgentId, asked.UserId, asked.SessionId), cancel);
        var found = await memory.SearchAsync(caller.Org, scope, asked, cancel);
        var results = new MemoryResults(
            scope.AgentId, scope.UserId, asked.Query!, [.. found.Hits.Select(View)], time.GetUtcNow(), found.HasVectors ? "words_and_vectors" : "words");
        return Answer.Of(results, ProtocolJson.Default.MemoryResults);
    }

    static Task<Answer<MemoryCleared>> Clear(HttpRequest request, Principal caller, LongTermMemory memory, MemoryAccess access, CancellationToken cancel) =>
        ClearAsync(request, caller, memory, access, isMeant: true, cancel);

    // The seed's own clears what was said lately, and this only when it is told to.
    static Task<Answer<MemoryCleared>> ClearOfAgents(
        HttpRequest request, Principal caller, LongTermMemory memory, MemoryAccess access, CancellationToken cancel) =>
        ClearAsync(request, caller, memory, access, isMeant: false, cancel);

    static async Task<Answer<MemoryCleared>> ClearAsync(
        HttpRequest request, Principal caller, LongTermMemory memory, MemoryAccess access, bool isMeant, CancellationToken cancel)
    {
        var asked = await request.ReadAsync(ProtocolJson.Default.ClearMemory, cancel);
        var filter = await access.ResolveAsync(caller, new MemoryFilter(asked.AgentId, asked.UserId, asked.SessionId, asked.Collection), cancel);
        var deleted = asked.ClearLongTerm ?? isMeant ? await memory.ClearAsync(caller.Org, filter, cancel) : 0;
        return Answer.Of(new MemoryCleared(true, deleted), ProtocolJson.Default.MemoryCleared);
    }

    static MemoryView View(StoredMemory memory) => new(
        memory.MemoryId, memory.Text, memory.Metadata, memory.Collection, memory.Scope.AgentId, memory.Scope.UserId, memory.Scope.SessionId,
        memory.CreatedAt, memory.UpdatedAt);

    static MemoryResult View(MemoryHit hit) => new(
        hit.Memory.Text, "long_term", Math.Round(hit.Distance, 6), hit.Memory.Metadata, hit.Memory.MemoryId, hit.Memory.Collection, hit.Memory.CreatedAt);
}
