using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Tools;

/// <summary>For whom a call is made, told to servers that ask for it.</summary>
/// <param name="Id">The agent's name.</param>
/// <param name="Kind"><c>agent</c>, <c>skill</c> or <c>user</c>.</param>
/// <remarks>A caller puts it into <see cref="AIFunctionArguments.Context"/>, under its type.</remarks>
public sealed record ToolCaller(string Id, string Kind)
{
    public const string Agent = "agent";
    public const string User = "user";

    internal static ToolCaller? Of(AIFunctionArguments arguments) =>
        arguments.Context?.TryGetValue(typeof(ToolCaller), out var caller) is true ? caller as ToolCaller : null;
}
