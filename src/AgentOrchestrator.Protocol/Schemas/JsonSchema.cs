using System.Text.Json;

namespace AgentOrchestrator.Protocol.Schemas;

/// <summary>What a JSON value must look like: the keywords of JSON Schema 2020-12 that describe plain data.</summary>
/// <remarks>
/// A keyword that is not among them is refused when the schema is read, so that none is silently without effect. Annotations such as
/// <c>title</c>, <c>description</c> and <c>format</c> are taken and check nothing. Immutable; safe for any number of threads.
/// </remarks>
public sealed class JsonSchema
{
    readonly SchemaNode _root;

    JsonSchema(SchemaNode root) => _root = root;

    /// <exception cref="ProductException"><see cref="ErrorCode.Invalid"/>, with the place in the schema and what must stand there.</exception>
    public static JsonSchema Read(JsonElement schema) => new(new SchemaReader(schema).Read());

    /// <summary>The first thing that is wrong with a value; null when it fits.</summary>
    public SchemaFault? Check(JsonElement value) => new SchemaCheck().Check(_root, value, SchemaPlace.Root);
}

/// <summary>Where a value does not fit its schema, and why.</summary>
/// <param name="Place">A JSON pointer such as <c>/items/3/name</c>; empty for the value itself.</param>
/// <param name="Message">What is there and what must be, in words.</param>
public sealed record SchemaFault(string Place, string Message)
{
    public override string ToString() => Place.Length == 0 ? $"the value itself {Message}" : $"{Place} {Message}";
}
