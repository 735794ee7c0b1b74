using AgentOrchestrator.Agents;
using AgentOrchestrator.Tools.BuiltIn.Files;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Runner.Executors.Chat;

/// <summary>Tools for files of a run's working folder: those that the agent's definition names, and no others.</summary>
static class WorkspaceTools
{
    const string Source = "files";

    public static IReadOnlyList<AIFunction> Of(RunContext run)
    {
        var named = (run.Agent?.AllowedTools ?? []).Except(run.Agent?.DisallowedTools ?? []).ToHashSet(StringComparer.Ordinal);
        return [.. FileTools.In(run.WorkingDirectory).Where(tool => named.Contains(tool.Name)).Select(Marked)];
    }

    // What is read may be anybody's words; that a file was written are ours.
    static AIFunction Marked(AIFunction tool) => tool.AdditionalProperties[ToolFlags.Harmless] is true ? new ForeignTool(tool, Source) : tool;
}
