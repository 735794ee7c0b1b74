using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentOrchestrator.Tests.Tools.Mcp;

/// <summary>What an MCP server says, over streamable HTTP: one JSON answer to each post.</summary>
sealed class ScriptedMcp
{
    public const string Echo = """{"name":"echo","description":"Says it again","inputSchema":{"type":"object","properties":{"text":{"type":"string"}},"required":["text"]}}""";

    readonly List<string> _methods = [];

    /// <summary>The whole result of <c>tools/list</c>.</summary>
    public string Tools { get; set; } = $$"""{"tools":[{{Echo}}]}""";

    /// <summary>The result of <c>tools/call</c>, given its parameters.</summary>
    public Func<JsonNode, string> Call { get; set; } = parameters => Text($"you said {parameters["arguments"]!["text"]}");

    public string? Session { get; set; }

    public IReadOnlyList<string> Methods
    {
        get { lock (_methods) { return [.. _methods]; } }
    }

    public static string Text(string text, bool isError = false) =>
        $$"""{"content":[{"type":"text","text":{{JsonValue.Create(text).ToJsonString()}}}],"isError":{{(isError ? "true" : "false")}}}""";

    public string Answer(LoopbackRequest request)
    {
        if (request.Method != "POST") { return LoopbackServer.Text("", status: 405); }

        var message = JsonNode.Parse(request.Body)!;
        var method = message["method"]!.GetValue<string>();
        lock (_methods) { _methods.Add(method); }
        if (Session is not null && request["Mcp-Session-Id"] is { } session && session != Session) { return LoopbackServer.Text("", status: 404); }
        if (message["id"] is not { } id) { return LoopbackServer.Text("", status: 202); }

        return WithSession(LoopbackServer.Json(Message(id, method, message["params"])));
    }

    public string Message(JsonNode id, string method, JsonNode? parameters) => method switch
    {
        "initialize" => Result(id, $$"""
            {"protocolVersion":{{parameters!["protocolVersion"]!.ToJsonString()}},"capabilities":{"tools":{"listChanged":true} },"serverInfo":{"name":"scripted","version":"1"} }
            """),
        "tools/list" => Result(id, Tools),
        "tools/call" => Result(id, Call(parameters!)),
        _ => $$"""{"jsonrpc":"2.0","id":{{id.ToJsonString()}},"error":{"code":-32601,"message":"There is no method {{method}}"} }""",
    };

    static string Result(JsonNode id, string result) => $$"""{"jsonrpc":"2.0","id":{{id.ToJsonString()}},"result":{{result}} }""".ReplaceLineEndings("");

    string WithSession(string answer) =>
        Session is null ? answer : answer.Replace("Content-Type:", $"Mcp-Session-Id: {Session}\r\nContent-Type:", StringComparison.Ordinal);
}
