using System.Globalization;
using System.Net;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;

namespace AgentOrchestrator.Server.Access;

/// <summary>After routing, before the route: who asks, and may they.</summary>
sealed class Gate(RequestDelegate next, ServerOptions options, TokenCheck tokens, FailureLimit failures)
{
    const string Challenge = "Bearer realm=\"agent-orchestrator\"";

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<Policy>() is { } policy)
        {
            context.Features.Set(await AdmitAsync(context, policy));
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

        context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return new ProductException(
            ErrorCode.LimitExceeded, $"more than {FailureLimit.PerMinute} wrong tokens in a minute from this address; wait, then send the right one");
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
