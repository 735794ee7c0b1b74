using System.Text.Json;

namespace AgentOrchestrator.Tools.OpenApi;

/// <summary>An operation of an HTTP service that agents may call.</summary>
public sealed record ToolAction
{
    /// <summary>The document's <c>operationId</c>, in characters that models take.</summary>
    public required string Id { get; init; }

    /// <summary>For people: the summary, else the path in words.</summary>
    public required string Name { get; init; }

    public string Description { get; init; } = "";

    /// <summary>The path below the service's address, with <c>{names}</c> of parameters.</summary>
    public required string Endpoint { get; init; }

    /// <summary>In capital letters.</summary>
    public required string Method { get; init; }

    public IReadOnlyList<ActionParameter> Parameters { get; init; } = [];

    /// <summary>What a good answer looks like; null when the document does not say.</summary>
    public JsonElement? ResponseSchema { get; init; }

    /// <summary>False for what cannot be called from here, such as uploads.</summary>
    public bool Enabled { get; init; } = true;
}

/// <summary>One value that an action takes.</summary>
public sealed record ActionParameter
{
    /// <summary>Unique within the action.</summary>
    public required string Name { get; init; }

    /// <summary>A word of JSON Schema: the first that is not <c>null</c>.</summary>
    public required string Type { get; init; }

    public string Description { get; init; } = "";

    public bool Required { get; init; }

    /// <summary>The name in the request, where it is another one.</summary>
    internal string? WireName { get; init; }

    internal ParameterPlace Place { get; init; } = ParameterPlace.Unsaid;

    /// <summary>Without references.</summary>
    internal JsonElement? Schema { get; init; }

    internal string NameOnWire => WireName ?? Name;
}

enum ParameterPlace
{
    /// <summary>The query of a GET, the body of anything else.</summary>
    Unsaid,
    Path,
    Query,
    Header,
    Body,

    /// <summary>The whole body, which is no object.</summary>
    WholeBody,
}
