using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Tools;

/// <summary>How far a call has come, where its tool says so.</summary>
/// <param name="Done">Grows from one report to the next.</param>
/// <param name="Total">What <paramref name="Done"/> grows to; null when the tool does not know.</param>
/// <param name="Message">What the tool is doing.</param>
/// <remarks>A caller listens with an <see cref="IProgress{T}"/> in <see cref="AIFunctionArguments.Context"/>, under its type. Reports come on the connection's own thread.</remarks>
public sealed record ToolProgress(double Done, double? Total, string? Message)
{
    internal static IProgress<ToolProgress>? Of(AIFunctionArguments arguments) =>
        arguments.Context?.TryGetValue(typeof(IProgress<ToolProgress>), out var listener) is true ? listener as IProgress<ToolProgress> : null;
}
