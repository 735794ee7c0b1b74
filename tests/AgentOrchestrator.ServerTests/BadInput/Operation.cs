using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentOrchestrator.ServerTests.BadInput;

/// <summary>One operation of <c>/openapi.json</c>.</summary>
/// <param name="Body">The schema of its body; null for an operation without one.</param>
/// <param name="Members">The members of that schema.</param>
sealed record Operation(string Method, string Template, string? Body, IReadOnlyList<string> Members)
{
    /// <summary>Requests that the server would accept, so that each mutation is the one thing wrong with it.</summary>
    static readonly Dictionary<string, string> s_examples = new()
    {
        ["CreateSession"] = """{"session_id":"fresh","session_name":"fresh-name","project_dir":"/x","execution_mode":"sync"}""",
        ["PatchSession"] = """{"project_dir":"/x","hostname":"h","executor_type":"t","last_resumed_at":"2026-01-01T00:00:00Z"}""",
        ["BindSession"] = """{"executor_session_id":"u","hostname":"h","executor_type":"t","project_dir":"/x"}""",
        ["PostEvent"] = """{"event_type":"message","session_id":"known","timestamp":"t","role":"user","content":[{"type":"text","text":"x"}],"tool_input":{},"exit_code":0}""",
        ["CreateRun"] = """{"type":"start_session","session_name":"fresh-run","prompt":"p","execution_mode":"sync","additional_demands":{"hostname":"h","tags":["t"]},"use_memory":false}""",
        ["RegisterRunner"] = """{"hostname":"h","project_dir":"/x","executor_type":"t","tags":["a"],"executors":["t"],"capabilities":[],"max_concurrent":1}""",
        ["Heartbeat"] = """{"runner_id":"RUNNER","runs":[{"run_id":"run_000000000000","fence":1}]}""",
        ["RunReport"] = """{"runner_id":"RUNNER","fence":77,"status":"success","error":"e","reason":"error","signal":"SIGTERM","exit_code":1}""",
        ["RunEvents"] = """{"runner_id":"RUNNER","fence":77,"first_ordinal":1,"events":[{"event_type":"notice"}]}""",
        ["RunDeltas"] = """{"runner_id":"RUNNER","fence":77,"deltas":[{"kind":"text","text":"x"}]}""",
        ["WriteAgent"] = """{"name":"fresh-agent","description":"d","tags":["a"],"use_memory":true,"mcp_servers":{"s":{"type":"http","url":"http://x"}}}""",
        ["SetAgentStatus"] = """{"status":"active"}""",
        ["NameAgent"] = """{"name":"known"}""",
        ["FoundAgent"] = """{"name":"fresh_found","role":"Helps","capabilities":[{"name":"Mail","description":"Writes it","parameters":{"to":"whom"},"tags":["t"]}]}""",
        ["RemoveAgent"] = """{"name":"nobody-there","remove_runbook":false}""",
        ["Runbook"] = """{"agent_name":"fresh_book","job_title":"t","role":"r","capabilities":[{"name":"c"}],"collaboration_patterns":["p"],"dependencies":["d"],"version":"1.0.0"}""",
        ["SayInRoom"] = """{"text":"hello","name":"Ann","client_msg_id":"m1"}""",
        ["StoreMemory"] = """{"text":"t","metadata":{"a":"b"},"collection":"c","agent_id":"a","user_id":"u","session_id":"known","memory_id":"fresh-memory"}""",
        ["WriteMemory"] = """{"text":"t","metadata":{"a":"b"}}""",
        ["SearchMemory"] = """{"query":"q","limit":1,"k":1,"agent_id":"a","user_id":"u","session_id":"known","collection":"c","metadata_filter":{"a":"b"},"use_long_term":true}""",
        ["ClearMemory"] = """{"agent_id":"a","user_id":"u","session_id":"known","collection":"c","clear_long_term":false}""",
        ["CreateDocument"] = """{"filename":"fresh.md","tags":["a"],"metadata":{"a":"b"}}""",
        ["EditDocument"] = """{"filename":"fresh.md","tags":["a"],"metadata":{"a":"b"}}""",
        ["EditContent"] = """{"old_string":"a","new_string":"b","replace_all":true}""",
        ["RelateDocuments"] = """{"definition":"related","from_document_id":"a","to_document_id":"b","from_to_note":"n","to_from_note":"n"}""",
        ["NoteRelation"] = """{"note":"n"}""",
        ["ExecuteAction"] = """{"action_id":"calculator","parameters":{"expression":"1"}}""",
        ["AssignServer"] = """{"agent_name":"hello","action_server":"none"}""",
        ["RemoveServer"] = """{"agent_name":"hello"}""",
        ["AcceptAction"] = """{"server":"s","tool":"t","digest":"d"}""",
        ["WriteSkill"] = """{"description":"d","input_schema":{"type":"object"},"steps":[{"name":"s","tool_name":"calculator","arguments":{"expression":"1"}}]}""",
        ["ExecuteSkill"] = """{"agent_name":"hello","version":1,"input":{"a":"b"}}""",
        ["CreateToken"] = """{"name":"n","role":"viewer","expires_in_seconds":600}""",
    };

    public JsonObject Example(string runnerId) =>
        (JsonObject)JsonNode.Parse(s_examples[Body!].Replace("RUNNER", runnerId, StringComparison.Ordinal))!;

    /// <summary>Everything that the document describes, but the feeds: they never end.</summary>
    public static IReadOnlyList<Operation> All(JsonElement document) =>
    [
        .. from path in document.GetProperty("paths").EnumerateObject()
           where !IsFeed(path.Name)
           from operation in path.Value.EnumerateObject()
           where operation.Name is "get" or "post" or "put" or "patch" or "delete"
           let body = BodyOf(operation.Value)
           select new Operation(operation.Name.ToUpperInvariant(), path.Name, body, body is null ? [] : MembersOf(document, body)),
    ];

    static string? BodyOf(JsonElement operation) =>
        operation.TryGetProperty("requestBody", out var body)
            ? body.GetProperty("content").EnumerateObject().First().Value.GetProperty("schema").GetProperty("$ref").GetString()!.Split('/')[^1]
            : null;

    static List<string> MembersOf(JsonElement document, string schema) =>
        [.. document.GetProperty("components").GetProperty("schemas").GetProperty(schema).GetProperty("properties").EnumerateObject().Select(m => m.Name)];

    static bool IsFeed(string path) => path is "/ws" or "/ws/{session_id}" or "/sse/sessions" || path.EndsWith("/feed", StringComparison.Ordinal);
}
