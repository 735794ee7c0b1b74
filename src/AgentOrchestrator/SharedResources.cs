using AgentOrchestrator.Memory;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator;

/// <summary>What an orchestrator lends to its agents. An agent asks anew at each message, so that what is taken back is gone with the next.</summary>
sealed class SharedResources
{
    readonly Lock _lock = new();
    readonly OrderedDictionary<string, (AIFunction Tool, AgentAccess Access)> _tools = new(StringComparer.Ordinal);
    readonly OrderedDictionary<string, (ILongTermMemory Memory, AgentAccess Access)> _memories = new(StringComparer.Ordinal);

    public void Add(AIFunction tool, AgentAccess access)
    {
        lock (_lock) { _tools[tool.Name] = (tool, access); }
    }

    public void Add(string name, ILongTermMemory memory, AgentAccess access)
    {
        lock (_lock) { _memories[name] = (memory, access); }
    }

    public bool RemoveTool(string name)
    {
        lock (_lock) { return _tools.Remove(name); }
    }

    public bool RemoveMemory(string name)
    {
        lock (_lock) { return _memories.Remove(name); }
    }

    public IReadOnlyList<AIFunction> ToolsOf(string agentId)
    {
        lock (_lock) { return [.. _tools.Values.Where(shared => shared.Access.Admits(agentId)).Select(shared => shared.Tool)]; }
    }

    public IReadOnlyList<ILongTermMemory> MemoriesOf(string agentId)
    {
        lock (_lock) { return [.. _memories.Values.Where(shared => shared.Access.Admits(agentId)).Select(shared => shared.Memory)]; }
    }
}
