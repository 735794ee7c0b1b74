using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Mcp;

/// <summary>Who calls the tools.</summary>
/// <param name="Client">Asks the server in the caller's name: what the caller may not do over HTTP, no tool does for it.</param>
public sealed record McpCaller(OrchestratorClient Client)
{
    /// <summary>The session from whose run the call comes, by id or name: what it starts are its children, and callbacks go to it. Null outside of runs.</summary>
    public string? Session { get; init; }

    /// <summary>Comma-separated: only agents that have all of these tags are shown. All of them when null.</summary>
    public string? Tags { get; init; }

    /// <summary>What every run that is started asks of its runner.</summary>
    public Demands? Demands { get; init; }

    /// <summary>Where runs work that name no folder; the server's choice when null.</summary>
    public string? ProjectDir { get; init; }

    /// <summary>Cancelled when the caller is gone. What it waits for then goes on; a call that it gives up while it is there is stopped.</summary>
    public CancellationToken Gone { get; init; }

    /// <summary>What a variable or header says; null for nothing, and for a placeholder that nobody has filled.</summary>
    public static string? Given(string? text) =>
        string.IsNullOrWhiteSpace(text) || text.StartsWith("${", StringComparison.Ordinal) ? null : text.Trim();

    /// <param name="json">An object with hostname, project_dir, executor_type and tags.</param>
    /// <exception cref="ProductException">Malformed, naming where it came from.</exception>
    public static Demands? ReadDemands(string? json, string source)
    {
        if (Given(json) is not { } given)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(given, ProtocolJson.Default.Demands);
        }
        catch (JsonException wrong)
        {
            throw new ProductException(
                ErrorCode.Malformed, $"{source} must be a JSON object with hostname, project_dir, executor_type or tags", inner: wrong);
        }
    }
}
