using AgentOrchestrator.Protocol.Access;

namespace AgentOrchestrator.Server.Access;

/// <summary>Who may call a route. Every route has one; the server does not start without.</summary>
/// <param name="Roles">
/// Empty = anyone. Owner, operator, approver and viewer each include the next; runner and agent stand alone; an owner may everything.
/// </param>
sealed record Policy(IReadOnlyList<Role> Roles)
{
    public bool IsOpen => Roles.Count == 0;

    public bool Admits(Role role)
    {
        if (IsOpen || role is Role.Owner)
        {
            return true;
        }

        foreach (var asked in Roles)
        {
            if (role == asked || (role < asked && asked <= Role.Viewer))
            {
                return true;
            }
        }

        return false;
    }

    /// <exception cref="InvalidOperationException">Names the routes that have none.</exception>
    public static void RequireOnAll(IEnumerable<Endpoint> routes)
    {
        var bare = routes.Where(route => route.Metadata.GetMetadata<Policy>() is null).Select(route => route.DisplayName).ToList();
        if (bare.Count > 0)
        {
            throw new InvalidOperationException($"Routes without a policy: {string.Join(", ", bare)}. Add Require(…) or AllowAnyone().");
        }
    }
}

static class PolicyExtensions
{
    /// <summary>Names the least role of people and services, and runner or agent where they may call it too.</summary>
    public static T Require<T>(this T route, params Role[] roles)
        where T : IEndpointConventionBuilder
    {
        ArgumentOutOfRangeException.ThrowIfZero(roles.Length);
        return route.WithMetadata(new Policy(roles));
    }

    public static T AllowAnyone<T>(this T route)
        where T : IEndpointConventionBuilder => route.WithMetadata(new Policy([]));
}
