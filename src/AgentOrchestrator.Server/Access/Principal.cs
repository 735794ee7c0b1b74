using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;

namespace AgentOrchestrator.Server.Access;

/// <summary>Who asks. A handler takes it as a parameter.</summary>
/// <param name="Id">What the audit names: a token's id, <c>run_…</c> for an agent, <c>local</c> without authentication.</param>
/// <param name="SessionId">The session that an agent speaks for; null for all others.</param>
/// <param name="RunId">The run that an agent speaks for; null for all others.</param>
sealed record Principal(string Org, Role Role, string Id, string? SessionId = null, string? RunId = null)
{
    /// <summary>Everybody on this machine, where authentication is switched off.</summary>
    public static Principal Local { get; } = new(CoordinatorOptions.DefaultOrg, Role.Owner, "local");

    /// <summary>A caller of a public route that showed no token.</summary>
    public static Principal Anonymous { get; } = new(CoordinatorOptions.DefaultOrg, Role.Viewer, "anonymous");

    /// <summary>What logs and audits name.</summary>
    public string Actor => $"{WireEnum<Role>.Text(Role)}:{Id}";

    public static ValueTask<Principal> BindAsync(HttpContext context) => ValueTask.FromResult(Of(context));

    public static Principal Of(HttpContext context) =>
        context.Features.Get<Principal>()
        ?? throw new InvalidOperationException("The route was reached without passing the gate.");
}
