using System.Text.Json;
using AgentOrchestrator.Agents;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Tools.BuiltIn;

/// <summary>Works out arithmetic: + - * / % ^, parentheses, and functions such as sqrt.</summary>
public sealed class CalculatorTool : AIFunction
{
    static readonly Dictionary<string, object?> s_flags = new() { [ToolFlags.Idempotent] = true };

    static readonly JsonElement s_schema = JsonElement.Parse("""
        {
          "type": "object",
          "properties": { "expression": { "type": "string", "description": "such as (2 + 3) * sqrt(16)" } },
          "required": ["expression"]
        }
        """);

    /// <inheritdoc/>
    public override string Name => "calculator";

    /// <inheritdoc/>
    public override string Description => $"Works out an arithmetic expression: + - * / % ^, parentheses, pi, e, {Arithmetic.FunctionNames}.";

    /// <inheritdoc/>
    public override JsonElement JsonSchema => s_schema;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, object?> AdditionalProperties => s_flags;

    /// <summary>Returns the number, or throws what is wrong with the expression.</summary>
    protected override ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        var expression = arguments.TryGetValue("expression", out var value) ? value?.ToString() : null;
        var number = Arithmetic.Evaluate(expression ?? throw new ArgumentException("'expression' is missing", nameof(arguments)));
        return new ValueTask<object?>(double.IsFinite(number) ? number : throw new FormatException("the result is not a number"));
    }
}
