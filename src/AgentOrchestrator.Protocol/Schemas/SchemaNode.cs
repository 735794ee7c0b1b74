using System.Text.Json;
using System.Text.RegularExpressions;

namespace AgentOrchestrator.Protocol.Schemas;

/// <summary>One schema, read. What is null asks nothing.</summary>
sealed class SchemaNode
{
    /// <summary>The schemas <c>true</c> and <c>false</c>.</summary>
    public bool? Always { get; set; }
    public IReadOnlyList<string>? Types { get; set; }
    public IReadOnlyList<JsonElement>? Enum { get; set; }
    public JsonElement? Const { get; set; }

    public Dictionary<string, SchemaNode>? Properties { get; set; }
    public IReadOnlyList<string>? Required { get; set; }
    public SchemaNode? AdditionalProperties { get; set; }
    public int? MinProperties { get; set; }
    public int? MaxProperties { get; set; }

    public SchemaNode? Items { get; set; }
    public int? MinItems { get; set; }
    public int? MaxItems { get; set; }
    public bool UniqueItems { get; set; }

    public int? MinLength { get; set; }
    public int? MaxLength { get; set; }
    public Regex? Pattern { get; set; }

    public double? Minimum { get; set; }
    public double? Maximum { get; set; }
    public double? ExclusiveMinimum { get; set; }
    public double? ExclusiveMaximum { get; set; }
    public decimal? MultipleOf { get; set; }

    public IReadOnlyList<SchemaNode>? AllOf { get; set; }
    public IReadOnlyList<SchemaNode>? AnyOf { get; set; }
    public IReadOnlyList<SchemaNode>? OneOf { get; set; }
    public SchemaNode? Not { get; set; }

    /// <summary>What <c>$ref</c> points to.</summary>
    public SchemaNode? Ref { get; set; }
}

/// <summary>A place in a value or a schema; made into text only when something is wrong there.</summary>
sealed record SchemaPlace(SchemaPlace? Parent, string Name)
{
    public static readonly SchemaPlace Root = new(null, "");

    public SchemaPlace At(string name) => new(this, name);

    public SchemaPlace At(int index) => new(this, index.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public override string ToString() => Parent is null
        ? ""
        : $"{Parent}/{Name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
}
