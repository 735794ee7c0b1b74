using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>What demands may say, and how those of an agent and of a request become one.</summary>
public static class DemandRules
{
    /// <summary>Null when nothing is demanded.</summary>
    /// <exception cref="Protocol.ProductException">Invalid, naming the field.</exception>
    public static Demands? Check(Demands? demands)
    {
        if (demands is null || demands.IsEmpty)
        {
            return null;
        }

        FreeText.Check(demands.Hostname, "additional_demands.hostname", FreeText.MaxLabelLength);
        FreeText.Check(demands.ProjectDir, "additional_demands.project_dir", FreeText.MaxPathLength);
        FreeText.Check(demands.ExecutorType, "additional_demands.executor_type", FreeText.MaxLabelLength);
        return demands with { Tags = FreeText.CheckLabels(demands.Tags, "additional_demands.tags") };
    }

    /// <summary>The agent's value wins; tags unite.</summary>
    public static Demands? Merge(Demands? agent, Demands? additional)
    {
        if (agent is null || agent.IsEmpty)
        {
            return additional;
        }

        return additional is null ? agent : new Demands
        {
            Hostname = agent.Hostname ?? additional.Hostname,
            ProjectDir = agent.ProjectDir ?? additional.ProjectDir,
            ExecutorType = agent.ExecutorType ?? additional.ExecutorType,
            Tags = [.. (agent.Tags ?? []).Union(additional.Tags ?? [])],
        };
    }
}
