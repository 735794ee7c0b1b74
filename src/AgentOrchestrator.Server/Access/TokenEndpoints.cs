using AgentOrchestrator.Coordinator.Access;
using AgentOrchestrator.Coordinator.Audit;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Server.Audit;
using AgentOrchestrator.Server.Http;
using AgentOrchestrator.Server.Live;

namespace AgentOrchestrator.Server.Access;

static class TokenEndpoints
{
    const int MaxNameLength = 100;
    const long MinSeconds = 60;
    const long MaxSeconds = 10L * 365 * 24 * 60 * 60;

    public static void MapTokens(this IEndpointRouteBuilder app)
    {
        var tokens = app.MapGroup("/tokens").WithTags("tokens");
        tokens.MapGet("", List).Require(Role.Owner).WithSummary("All tokens, without their secrets.");
        tokens.MapPost("", Create).Require(Role.Owner).Takes<CreateToken>().Answers<TokenCreated>(StatusCodes.Status201Created)
            .WithSummary("Makes a token; this answer is the only place that shows it.");
        tokens.MapDelete("/{id}", Revoke).Require(Role.Owner).WithSummary("Revokes a token for good.");
    }

    static async Task<Answer<TokenList>> List(Principal caller, ITokenStore tokens, CancellationToken cancel)
    {
        var stored = await tokens.ListAsync(caller.Org, cancel);
        return Answer.Of(new TokenList([.. stored.Select(View)]), ProtocolJson.Default.TokenList);
    }

    static async Task<IResult> Create(HttpRequest request, Principal caller, ITokenStore tokens, TimeProvider time, CancellationToken cancel)
    {
        var body = await request.ReadAsync(ProtocolJson.Default.CreateToken, cancel);
        var token = AccessToken.New();
        var now = WireTime.Truncate(time.GetUtcNow());
        var stored = new StoredToken(
            caller.Org, Ids.New("tok_", 12), RequireName(body.Name), AccessToken.Hash(token), RequireRole(body.Role), now,
            RequireLife(body.ExpiresInSeconds) is { } seconds ? now.AddSeconds(seconds) : null, RevokedAt: null);
        request.HttpContext.Concerns(stored.TokenId);
        AuditIntent.Makes(AuditNoun.Token, stored.TokenId);
        await tokens.AddAsync(stored, cancel);
        return Answer.Of(
            new TokenCreated(stored.TokenId, token, View(stored)), ProtocolJson.Default.TokenCreated, StatusCodes.Status201Created);
    }

    static async Task<Answer<Ok>> Revoke(string id, Principal caller, ITokenStore tokens, TokenCheck check, TokenWatch watch, CancellationToken cancel)
    {
        var all = await tokens.ListAsync(caller.Org, cancel);
        var token = all.FirstOrDefault(t => t.TokenId == id) ?? throw new ProductException(ErrorCode.NotFound, "Token not found");
        if (IsOwners(token) && all.Count(IsOwners) == 1)
        {
            throw new ProductException(ErrorCode.Conflict, "this is the last token of an owner; make another one first, or nobody could");
        }

        await tokens.RevokeAsync(caller.Org, id, cancel);
        check.Forget();
        watch.Look();
        return Answer.Of(Ok.Yes, ProtocolJson.Default.Ok);
    }

    static bool IsOwners(StoredToken token) => token is { Role: Role.Owner, RevokedAt: null, ExpiresAt: null };

    static TokenView View(StoredToken token) =>
        new(token.TokenId, token.Name, token.Role, token.CreatedAt, token.ExpiresAt, token.RevokedAt);

    static string RequireName(string? name) =>
        name?.Trim() is { Length: > 0 and <= MaxNameLength } text && !text.Any(char.IsControl)
            ? text
            : throw new ProductException(ErrorCode.Invalid, $"name must be 1 to {MaxNameLength} characters that say whose the token is");

    static Role RequireRole(Role? role) => role switch
    {
        null => throw new ProductException(ErrorCode.Invalid, "role must be one of: approver, operator, owner, runner, viewer"),
        Role.Agent => throw new ProductException(ErrorCode.Invalid, "role must not be agent: such tokens are made for each run and end with it"),
        { } given => given,
    };

    static long? RequireLife(long? seconds) =>
        seconds is null or (>= MinSeconds and <= MaxSeconds)
            ? seconds
            : throw new ProductException(ErrorCode.Invalid, $"expires_in_seconds must be from {MinSeconds} to {MaxSeconds}, or left out");
}
