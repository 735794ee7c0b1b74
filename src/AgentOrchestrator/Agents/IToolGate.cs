namespace AgentOrchestrator.Agents;

/// <summary>Is asked before each tool call whether it may be made: by a policy, or by asking a person.</summary>
public interface IToolGate
{
    /// <param name="call">What the model asks for.</param>
    /// <param name="cancellationToken">Cancelled when the run ends; a gate may wait until then.</param>
    ValueTask<ToolVerdict> AskAsync(ToolCall call, CancellationToken cancellationToken);
}

/// <summary>Whether a tool call may be made.</summary>
public sealed record ToolVerdict
{
    ToolVerdict(string? refusal) => Refusal = refusal;

    /// <summary>It may be made.</summary>
    public static ToolVerdict Allow { get; } = new(refusal: null);

    /// <summary>Why it may not be made, as the model is told; null when it may.</summary>
    public string? Refusal { get; }

    /// <summary>It may not be made, and the model is told why; the run goes on.</summary>
    public static ToolVerdict Deny(string reason) => new(reason);
}
