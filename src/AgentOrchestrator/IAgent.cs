namespace AgentOrchestrator;

/// <summary>Answers messages: an <see cref="Agent"/>, or several that work together as one.</summary>
public interface IAgent
{
    /// <summary>Its name.</summary>
    string Id { get; }

    /// <summary>Answers one message.</summary>
    /// <param name="message">What it is told.</param>
    /// <param name="useMemory">False neither reads nor writes any memory.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="Models.ModelException">The model cannot be called.</exception>
    /// <exception cref="OrchestratorException">A bound was reached before the model had answered.</exception>
    Task<AgentAnswer> RunAsync(string message, bool useMemory = true, CancellationToken cancellationToken = default);
}
