using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Samples;

/// <summary>All samples, in the order in which to read them.</summary>
public static class Sample
{
    public static IReadOnlyList<(string Name, Func<IChatClient, TextWriter, Task> RunAsync)> All { get; } =
    [
        (nameof(CreatingAgents), CreatingAgents.RunAsync),
        (nameof(TalkingToAgents), TalkingToAgents.RunAsync),
        (nameof(ManagingAgents), ManagingAgents.RunAsync),
        (nameof(SequentialCollaboration), SequentialCollaboration.RunAsync),
        (nameof(AgentCommunication), AgentCommunication.RunAsync),
        (nameof(DynamicAgents), DynamicAgents.RunAsync),
        (nameof(Teams), Teams.RunAsync),
        (nameof(Persistence), Persistence.RunAsync),
        (nameof(OwnTools), OwnTools.RunAsync),
        (nameof(SharedResources), SharedResources.RunAsync),
        (nameof(CachedAnswers), CachedAnswers.RunAsync),
    ];
}
