using System.Text.Json.Serialization;
using AgentOrchestrator.Cli.Access;
using AgentOrchestrator.Cli.Doctor;
using AgentOrchestrator.Cli.Documents;
using AgentOrchestrator.Cli.Proving;
using AgentOrchestrator.Cli.Runners;
using AgentOrchestrator.Cli.Sessions;

namespace AgentOrchestrator.Cli.CommandLine;

/// <summary>An error on standard error, for programs.</summary>
sealed record ErrorLine(string Error, string Code);

/// <summary>The shapes that only the command line prints; everything else is printed as the server sent it.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(Protocol.WireTime)])]
[JsonSerializable(typeof(ErrorLine))]
[JsonSerializable(typeof(DocumentPulled))]
[JsonSerializable(typeof(LogLine))]
[JsonSerializable(typeof(DoctorReport))]
[JsonSerializable(typeof(WatchLine))]
[JsonSerializable(typeof(AllDeleted))]
[JsonSerializable(typeof(TokenInUse))]
[JsonSerializable(typeof(Proof))]
[JsonSerializable(typeof(HistoryLine))]
sealed partial class CliJson : JsonSerializerContext;
