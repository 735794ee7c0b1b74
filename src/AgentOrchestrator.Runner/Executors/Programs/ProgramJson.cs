using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Runner.Executors.Command;
using AgentOrchestrator.Runner.Executors.Process;

namespace AgentOrchestrator.Runner.Executors.Programs;

/// <summary>What programs get on stdin, and what the gateway answers by itself.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, MaxDepth = ProgramJson.MaxDepth, Converters = [typeof(WireTime)])]
[JsonSerializable(typeof(CommandInput))]
[JsonSerializable(typeof(Invocation))]
[JsonSerializable(typeof(VoiceState))]
sealed partial class ProgramJson : JsonSerializerContext
{
    /// <summary>The wire's, and what the definition of an agent puts around it.</summary>
    public const int MaxDepth = 64;

    static readonly Lazy<ProgramJson> s_plain = new(() => new ProgramJson(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        MaxDepth = MaxDepth,
        Converters = { new WireTime() },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    }));

    /// <summary>Readable by people, who debug their scripts with it: no escapes for what is not ASCII.</summary>
    public static ProgramJson Plain => s_plain.Value;
}
