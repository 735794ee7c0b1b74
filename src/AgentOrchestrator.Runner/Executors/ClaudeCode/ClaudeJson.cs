using System.Text.Json.Serialization;

namespace AgentOrchestrator.Runner.Executors.ClaudeCode;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, MaxDepth = MaxDepth)]
[JsonSerializable(typeof(ClaudeLine.Init))]
[JsonSerializable(typeof(ClaudeLine.Assistant))]
[JsonSerializable(typeof(ClaudeLine.User))]
[JsonSerializable(typeof(ClaudeLine.Partial))]
[JsonSerializable(typeof(ClaudeLine.Retry))]
[JsonSerializable(typeof(ClaudeLine.Result))]
[JsonSerializable(typeof(IReadOnlyList<ContentBlock>))]
[JsonSerializable(typeof(RetryNotice))]
[JsonSerializable(typeof(McpNotice))]
[JsonSerializable(typeof(SubagentMark))]
[JsonSerializable(typeof(ClaudeMcpConfig))]
sealed partial class ClaudeJson : JsonSerializerContext
{
    public const int MaxDepth = 256;
}
