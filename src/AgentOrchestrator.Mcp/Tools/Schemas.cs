namespace AgentOrchestrator.Mcp.Tools;

/// <summary>Parts of schemas that several tools have.</summary>
static class Schemas
{
    public const string Nothing = """{"type":"object","properties":{},"additionalProperties":false}""";

    /// <summary>The session that a tool is about, in both vocabularies.</summary>
    public const string Session = """
        "session_id":{"type":"string","description":"The session, by its id (ses_…) or name."},
        "session_name":{"type":"string","description":"The same in the older vocabulary."}
        """;

    /// <summary>How an answer is waited for, in both vocabularies.</summary>
    public const string Waiting = """
        "mode":{"type":"string","enum":["sync","async_poll","async_callback"],"description":"sync (the default) waits for the result; async_poll returns at once; async_callback returns at once, and the result comes later as a message to the session that calls."},
        "async_mode":{"type":"boolean","description":"The older vocabulary: true is async_poll."},
        "callback":{"type":"boolean","description":"The older vocabulary: true is async_callback."}
        """;

    public const string RunAnswer = """
        {"type":"object","properties":{
        "session_id":{"type":"string"},"session_name":{"type":"string"},"run_id":{"type":"string"},"job_id":{"type":"string"},
        "result":{"type":"string"},"result_data":{},"status":{"type":"string"},"message":{"type":"string"},"callback_to":{"type":"string"},
        "error":{"type":"string"},"code":{"type":"string"}}}
        """;

    public const string ListFormat = """
        "response_format":{"type":"string","enum":["markdown","json"],"description":"The form of the text beside the structure; the structure itself when left out."}
        """;
}
