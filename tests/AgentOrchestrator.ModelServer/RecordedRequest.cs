using System.Text.Json.Nodes;

namespace AgentOrchestrator.ModelServer;

/// <summary>A request as it arrived; header names are without regard to case.</summary>
public sealed record RecordedRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, JsonObject? Body);
