using System.Collections;

namespace AgentOrchestrator.Server.Tools;

/// <summary>What <c>${NAME}</c> can mean in files of tool servers: the server's environment, without what is its own.</summary>
static class ToolVariables
{
    static readonly string[] s_own = ["DATABASE_URL", "AGENT_ORCHESTRATOR_TOKEN"];

    public static IReadOnlyDictionary<string, string> Of(IDictionary environment) => environment.Cast<DictionaryEntry>()
        .Where(variable => !s_own.Contains((string)variable.Key))
        .ToDictionary(variable => (string)variable.Key, variable => (string)variable.Value!);
}
