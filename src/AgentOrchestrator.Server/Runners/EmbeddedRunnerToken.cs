using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Server.Access;

namespace AgentOrchestrator.Server.Runners;

/// <summary>The token of the runner inside this process: made at its start, stored nowhere, gone with it.</summary>
sealed class EmbeddedRunnerToken
{
    readonly string _hash;

    public EmbeddedRunnerToken()
    {
        Text = AccessToken.New();
        _hash = AccessToken.Hash(Text);
    }

    public string Text { get; }

    /// <returns>The embedded runner for its own token, else null.</returns>
    public Principal? Recognize(string hash) =>
        AccessToken.AreEqual(hash, _hash) ? new Principal(CoordinatorOptions.DefaultOrg, Role.Runner, "embedded-runner") : null;
}
