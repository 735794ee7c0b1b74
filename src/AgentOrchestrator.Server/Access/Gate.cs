using System.Net;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;

namespace AgentOrchestrator.Server.Access;

/// <summary>After routing, before the route: who asks, and may they.</summary>
sealed class Gate(RequestDelegate next, ServerOptions options, TokenCheck tokens, FailureLimit failures, RequestRate rate)
{
    const string Challenge = "Bearer realm=\"agent-orchestrator\"";

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata is { } route && route.GetMetadata<Policy>() is { } policy)
        {
            var caller = await AdmitAsync(context, policy);
            context.Features.Set(caller);
            if (route.GetMetadata<Unlimited>() is null)
            {
                rate.Count(caller, context.Connection.RemoteIpAddress);
            }
        }

        await next(context);
    }

    async ValueTask<Principal> AdmitAsync(HttpContext context, Policy policy)
    {
        if (BearerToken.Take(context.Request) is { } token)
        {
            if (await tokens.IdentifyAsync(token, context.RequestAborted) is { } caller)
            {
                // Also for the audit of a refusal.
                context.Features.Set(caller);
                context.Features.Set(new ShownToken(token));
                return policy.Admits(caller.Role) ? caller : throw Forbid(policy, caller);
            }

            if (!policy.IsOpen && !options.NoAuth)
            {
                throw RefuseToken(context);
            }
        }

        return options.NoAuth ? Principal.Local
            : policy.IsOpen ? Principal.Anonymous
            : throw AskForToken(context, "this server asks for a token");
    }

    ProductException RefuseToken(HttpContext context)
    {
        if (failures.Note(context.Connection.RemoteIpAddress) is not { } wait)
        {
            return AskForToken(context, "that token opens nothing here: it is wrong, expired, revoked, or its run has ended");
        }

        return new ProductException(
            ErrorCode.LimitExceeded, $"more than {FailureLimit.PerMinute} wrong tokens in a minute from this address; wait, then send the right one")
        {
            RetryAfter = wait,
        };
    }

    ProductException AskForToken(HttpContext context, string what)
    {
        context.Response.Headers.WWWAuthenticate = Challenge;
        var here = context.Connection.RemoteIpAddress is { } remote && IPAddress.IsLoopback(remote)
            ? $"It is in {options.TokenFile}, where 'ao' finds it by itself; 'ao token' shows it."
            : "Its owner makes one with 'ao token create NAME'.";
        return new ProductException(ErrorCode.Unauthenticated, $"{what}; send the header Authorization: Bearer TOKEN. {here}");
    }

    static ProductException Forbid(Policy policy, Principal caller) => new(
        ErrorCode.Forbidden,
        $"this needs the role {string.Join(" or ", policy.Roles.Select(WireEnum<Role>.Text))}, and the token is of the role {WireEnum<Role>.Text(caller.Role)}");
}

/// <summary>The token that a caller was identified by.</summary>
sealed record ShownToken(string Text);
