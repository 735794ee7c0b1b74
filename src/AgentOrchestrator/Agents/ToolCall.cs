using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Agents;

/// <summary>A tool call that the model asks for.</summary>
/// <param name="Turn">The number of the model call in the run, from 0.</param>
/// <param name="Index">Its place among the calls of that answer, from 0.</param>
/// <param name="Id">The provider's id of the call.</param>
/// <param name="Input">The arguments, an object.</param>
public sealed record ToolCall(int Turn, int Index, string Id, string Name, JsonElement Input)
{
    /// <summary>Names the call within its run; the same when the run is begun again.</summary>
    public string Key => $"{Turn}/{Index}";

    /// <summary>The call that a tool is invoked for, such as to name it to a server that does nothing twice; null when no loop invokes it.</summary>
    public static ToolCall? Of(AIFunctionArguments arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return arguments.Context?.TryGetValue(typeof(ToolCall), out var call) is true ? (ToolCall?)call : null;
    }

    internal IDictionary<string, object?> Arguments { get; private init; } = new Dictionary<string, object?>();

    /// <summary>Why the arguments cannot be read; null when they can.</summary>
    internal string? Fault { get; private init; }

    internal AIFunctionArguments ToArguments() => new(Arguments) { Context = new Dictionary<object, object?> { [typeof(ToolCall)] = this } };

    internal static ToolCall Of(int turn, int index, FunctionCallContent content)
    {
        var arguments = content.Arguments ?? new Dictionary<string, object?>();
        var input = JsonSerializer.SerializeToElement(arguments, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(IDictionary<string, object?>)));
        return new ToolCall(turn, index, content.CallId, content.Name, input) { Arguments = arguments, Fault = content.Exception?.Message };
    }
}
