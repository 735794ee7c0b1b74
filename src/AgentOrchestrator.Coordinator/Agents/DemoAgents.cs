using AgentOrchestrator.Protocol.Agents;

namespace AgentOrchestrator.Coordinator.Agents;

/// <summary>The agents that a first start begins with; all but one answer from scripts or are commands, so that they work without keys.</summary>
static class DemoAgents
{
    const string Prefix = "Demos/";

    public static IEnumerable<AgentView> Read()
    {
        var assembly = typeof(DemoAgents).Assembly;
        var names = assembly.GetManifestResourceNames()
            .Where(resource => resource.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(resource => resource.Split('/')[1])
            .Distinct()
            .Order(StringComparer.Ordinal);
        foreach (var name in names)
        {
            yield return AgentFolder.Parse(
                new AgentView { Name = name, Description = "", Status = AgentStatuses.Active }, file => Content($"{Prefix}{name}/{file}")).Agent;
        }

        byte[]? Content(string resource)
        {
            using var stream = assembly.GetManifestResourceStream(resource);
            if (stream is null) { return null; }

            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            return content;
        }
    }
}
