using System.Text.Json;
using System.Text.Json.Serialization;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Audit;
using AgentOrchestrator.Protocol.Archives;
using AgentOrchestrator.Protocol.Documents;
using AgentOrchestrator.Protocol.Memory;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Protocol.Skills;
using AgentOrchestrator.Protocol.Tools;

namespace AgentOrchestrator.Protocol;

/// <summary>Every shape that crosses a process boundary: snake_case, nulls shown, duplicate keys refused, depth 32.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    AllowDuplicateProperties = false,
    MaxDepth = ProtocolJson.MaxDepth,
    Converters = [typeof(WireTime)])]
[JsonSerializable(typeof(SessionAnswer))]
[JsonSerializable(typeof(SessionList))]
[JsonSerializable(typeof(SessionWritten))]
[JsonSerializable(typeof(SessionStatusAnswer))]
[JsonSerializable(typeof(SessionResult))]
[JsonSerializable(typeof(SessionDeleted))]
[JsonSerializable(typeof(AffinityAnswer))]
[JsonSerializable(typeof(CreateSession))]
[JsonSerializable(typeof(PatchSession))]
[JsonSerializable(typeof(BindSession))]
[JsonSerializable(typeof(PostEvent))]
[JsonSerializable(typeof(EventView))]
[JsonSerializable(typeof(EventList))]
[JsonSerializable(typeof(EventPosted))]
[JsonSerializable(typeof(Ok))]
[JsonSerializable(typeof(RunView))]
[JsonSerializable(typeof(RunList))]
[JsonSerializable(typeof(SessionUsageView))]
[JsonSerializable(typeof(CreateRun))]
[JsonSerializable(typeof(RunCreated))]
[JsonSerializable(typeof(StopAnswer))]
[JsonSerializable(typeof(RegisterRunner))]
[JsonSerializable(typeof(RunnerRegistered))]
[JsonSerializable(typeof(RunnerList))]
[JsonSerializable(typeof(PollAnswer))]
[JsonSerializable(typeof(Heartbeat))]
[JsonSerializable(typeof(HeartbeatAnswer))]
[JsonSerializable(typeof(RunReport))]
[JsonSerializable(typeof(RunEvents))]
[JsonSerializable(typeof(RunEventsAccepted))]
[JsonSerializable(typeof(RunDeltas))]
[JsonSerializable(typeof(Deregistered))]
[JsonSerializable(typeof(AgentView))]
[JsonSerializable(typeof(IReadOnlyList<AgentView>))]
[JsonSerializable(typeof(WriteAgent))]
[JsonSerializable(typeof(SetAgentStatus))]
[JsonSerializable(typeof(Rooms.SayInRoom))]
[JsonSerializable(typeof(Rooms.RoomSaid))]
[JsonSerializable(typeof(Rooms.RoomHistory))]
[JsonSerializable(typeof(NameAgent))]
[JsonSerializable(typeof(FoundAgent))]
[JsonSerializable(typeof(RemoveAgent))]
[JsonSerializable(typeof(AgentChanged))]
[JsonSerializable(typeof(Runbook))]
[JsonSerializable(typeof(IReadOnlyList<Runbook>))]
[JsonSerializable(typeof(IReadOnlyList<AgentCapability>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(AgentActions))]
[JsonSerializable(typeof(ExecuteAction))]
[JsonSerializable(typeof(ActionResult))]
[JsonSerializable(typeof(AllActions))]
[JsonSerializable(typeof(ActionSearch))]
[JsonSerializable(typeof(ActionServers))]
[JsonSerializable(typeof(AssignServer))]
[JsonSerializable(typeof(RemoveServer))]
[JsonSerializable(typeof(ActionServerChanged))]
[JsonSerializable(typeof(SkillView))]
[JsonSerializable(typeof(SkillList))]
[JsonSerializable(typeof(SkillText))]
[JsonSerializable(typeof(WriteSkill))]
[JsonSerializable(typeof(ExecuteSkill))]
[JsonSerializable(typeof(SkillExecution))]
[JsonSerializable(typeof(SkillExecutionList))]
[JsonSerializable(typeof(SkillExecutionView))]
[JsonSerializable(typeof(ActionUsage))]
[JsonSerializable(typeof(ActionChanges))]
[JsonSerializable(typeof(AcceptAction))]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(AuditVerification))]
[JsonSerializable(typeof(Health))]
[JsonSerializable(typeof(CreateToken))]
[JsonSerializable(typeof(TokenCreated))]
[JsonSerializable(typeof(TokenList))]
[JsonSerializable(typeof(DataReport))]
[JsonSerializable(typeof(BackupManifest))]
[JsonSerializable(typeof(RestoreReport))]
[JsonSerializable(typeof(SessionImported))]
[JsonSerializable(typeof(StoreMemory))]
[JsonSerializable(typeof(WriteMemory))]
[JsonSerializable(typeof(SearchMemory))]
[JsonSerializable(typeof(ClearMemory))]
[JsonSerializable(typeof(MemoryView))]
[JsonSerializable(typeof(MemoryList))]
[JsonSerializable(typeof(MemoryResults))]
[JsonSerializable(typeof(MemoryCleared))]
[JsonSerializable(typeof(CreateDocument))]
[JsonSerializable(typeof(EditDocument))]
[JsonSerializable(typeof(DocumentView))]
[JsonSerializable(typeof(IReadOnlyList<DocumentView>))]
[JsonSerializable(typeof(DocumentsDeleted))]
[JsonSerializable(typeof(DocumentTags))]
[JsonSerializable(typeof(DocumentsFound))]
[JsonSerializable(typeof(EditContent))]
[JsonSerializable(typeof(DocumentVersionList))]
[JsonSerializable(typeof(DocumentDifference))]
[JsonSerializable(typeof(RelateDocuments))]
[JsonSerializable(typeof(NoteRelation))]
[JsonSerializable(typeof(RelationView))]
[JsonSerializable(typeof(RelationCreated))]
[JsonSerializable(typeof(RelationsRemoved))]
[JsonSerializable(typeof(RelationsOfDocument))]
[JsonSerializable(typeof(IReadOnlyList<RelationDefinitionView>))]
[JsonSerializable(typeof(FeedDeltas))]
[JsonSerializable(typeof(FeedGap))]
[JsonSerializable(typeof(IReadOnlyList<FeedGap>))]
public sealed partial class ProtocolJson : JsonSerializerContext
{
    public const int MaxDepth = 32;
}

/// <summary>As <see cref="ProtocolJson"/>, with unset members left out: stored bodies, polls and problems.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false,
    MaxDepth = ProtocolJson.MaxDepth,
    Converters = [typeof(WireTime)])]
[JsonSerializable(typeof(EventFields))]
[JsonSerializable(typeof(PostEvent))]
[JsonSerializable(typeof(PollAnswer))]
[JsonSerializable(typeof(EditDocument))]
[JsonSerializable(typeof(EditContent))]
[JsonSerializable(typeof(RunUsage))]
[JsonSerializable(typeof(Demands))]
[JsonSerializable(typeof(RetryPolicy))]
[JsonSerializable(typeof(AgentView))]
[JsonSerializable(typeof(McpServer))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(SkillView))]
[JsonSerializable(typeof(RunEvents))]
[JsonSerializable(typeof(RunReport))]
[JsonSerializable(typeof(RegisterRunner))]
[JsonSerializable(typeof(CreateRun))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(SessionLine))]
[JsonSerializable(typeof(Rooms.RoomMessageData))]
[JsonSerializable(typeof(Rooms.RoomRoutedData))]
[JsonSerializable(typeof(Rooms.RoomNoticeData))]
[JsonSerializable(typeof(System.Text.Json.Nodes.JsonArray))]
public sealed partial class CompactJson : JsonSerializerContext;
