using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Coordinator.Memory;

/// <summary>Turns texts into vectors, which are near each other for texts that mean alike.</summary>
public interface IEmbedder
{
    /// <summary>Vectors of another model cannot be compared with its own.</summary>
    string Model { get; }

    /// <returns>One for each text, in their order.</returns>
    /// <exception cref="ProductException">Invalid when one of the texts cannot have one; Unavailable for everything else.</exception>
    Task<IReadOnlyList<ReadOnlyMemory<float>>> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancel);
}
