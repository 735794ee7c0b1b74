using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

// The suite asks for what the newest protocol has given up.
#pragma warning disable MCP9005

namespace AgentOrchestrator.ServerTests.Mcp;

/// <summary>What the conformance suite asks of a server, by the names that it gives.</summary>
static class ConformanceFixtures
{
    const string Picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
    const string Sound = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=";

    /// <summary>Tools that only answer.</summary>
    static readonly Dictionary<string, string> s_answers = new()
    {
        ["test_simple_text"] = """[{"type":"text","text":"This is a simple text response for testing."}]""",
        ["test_image_content"] = $$"""[{"type":"image","data":"{{Picture}}","mimeType":"image/png"}]""",
        ["test_audio_content"] = $$"""[{"type":"audio","data":"{{Sound}}","mimeType":"audio/wav"}]""",
        ["test_embedded_resource"] =
            """[{"type":"resource","resource":{"uri":"test://embedded-resource","mimeType":"text/plain","text":"This is an embedded resource content."}}]""",
        ["test_multiple_content_types"] =
            $$$"""
            [{"type":"text","text":"Multiple content types test:"},{"type":"image","data":"{{{Picture}}}","mimeType":"image/png"},
            {"type":"resource","resource":{"uri":"test://mixed-content-resource","mimeType":"application/json","text":"{\"test\":\"data\",\"value\":123}"}}]
            """,
        ["json_schema_2020_12_tool"] = """[{"type":"text","text":"It fits."}]""",
    };

    /// <summary>Tools that ask their caller something first.</summary>
    static readonly Dictionary<string, string> s_questions = new()
    {
        ["test_elicitation"] =
            """
            {"type":"object","properties":{"username":{"type":"string","description":"User's response"},"email":{"type":"string","description":"User's email address"}},
            "required":["username","email"]}
            """,
        ["test_elicitation_sep1034_defaults"] =
            """
            {"type":"object","properties":{"name":{"type":"string","default":"John Doe"},"age":{"type":"integer","default":30},
            "score":{"type":"number","default":95.5},"status":{"type":"string","enum":["active","inactive","pending"],"default":"active"},
            "verified":{"type":"boolean","default":true}},"required":[]}
            """,
        ["test_elicitation_sep1330_enums"] =
            """
            {"type":"object","properties":{
            "untitledSingle":{"type":"string","enum":["option1","option2","option3"]},
            "titledSingle":{"type":"string","oneOf":[{"const":"value1","title":"First Option"},{"const":"value2","title":"Second Option"},{"const":"value3","title":"Third Option"}]},
            "legacyEnum":{"type":"string","enum":["opt1","opt2","opt3"],"enumNames":["Option One","Option Two","Option Three"]},
            "untitledMulti":{"type":"array","items":{"type":"string","enum":["option1","option2","option3"]}},
            "titledMulti":{"type":"array","items":{"anyOf":[{"const":"value1","title":"First Choice"},{"const":"value2","title":"Second Choice"},{"const":"value3","title":"Third Choice"}]}}
            },"required":[]}
            """,
    };

    static readonly string[] s_others = ["test_tool_with_logging", "test_tool_with_progress", "test_error_handling", "test_sampling", "test_reconnection"];

    static readonly Dictionary<string, string> s_prompts = new()
    {
        ["test_simple_prompt"] = """[{"role":"user","content":{"type":"text","text":"This is a simple prompt for testing."}}]""",
        ["test_prompt_with_arguments"] = """[{"role":"user","content":{"type":"text","text":"Prompt with arguments: arg1='$arg1', arg2='$arg2'"}}]""",
        ["test_prompt_with_embedded_resource"] =
            """
            [{"role":"user","content":{"type":"resource","resource":{"uri":"$resourceUri","mimeType":"text/plain","text":"Embedded resource content for testing."}}},
            {"role":"user","content":{"type":"text","text":"Please process the embedded resource above."}}]
            """,
        ["test_prompt_with_image"] =
            $$$"""
            [{"role":"user","content":{"type":"image","data":"{{{Picture}}}","mimeType":"image/png"}},
            {"role":"user","content":{"type":"text","text":"Please analyze the image above."}}]
            """,
    };

    static readonly Dictionary<string, string[]> s_promptArguments = new()
    {
        ["test_prompt_with_arguments"] = ["arg1", "arg2"],
        ["test_prompt_with_embedded_resource"] = ["resourceUri"],
    };

    const string Resources =
        """
        {"resources":[{"uri":"test://static-text","name":"Static text","description":"A text","mimeType":"text/plain"},
        {"uri":"test://static-binary","name":"Static binary","description":"A picture","mimeType":"image/png"},
        {"uri":"test://watched-resource","name":"Watched","description":"Never changes","mimeType":"text/plain"}]}
        """;

    const string Schema2020 =
        """
        {"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","$defs":{"address":{"type":"object","properties":{"street":{"type":"string"},"city":{"type":"string"}}}},
        "properties":{"name":{"type":"string"},"address":{"$ref":"#/$defs/address"}},"additionalProperties":false}
        """;

    public static McpServerOptions Options() => new()
    {
        ServerInfo = new Implementation { Name = "conformance-fixtures", Version = "1.0.0" },
        Capabilities = new ServerCapabilities
        {
            Tools = new ToolsCapability(),
            Prompts = new PromptsCapability(),
            Resources = new ResourcesCapability { Subscribe = true },
            Logging = new LoggingCapability(),
            Completions = new CompletionsCapability(),
        },
        Handlers = new McpServerHandlers
        {
            ListToolsHandler = (_, _) => Of(new ListToolsResult { Tools = [.. s_answers.Keys.Concat(s_questions.Keys).Concat(s_others).Select(ToolOf)] }),
            CallToolHandler = CallAsync,
            ListPromptsHandler = (_, _) => Of(new ListPromptsResult { Prompts = [.. s_prompts.Keys.Select(PromptOf)] }),
            GetPromptHandler = (request, _) => Of(GetPrompt(request.Params!)),
            ListResourcesHandler = (_, _) => Of(Read<ListResourcesResult>(Resources)),
            ListResourceTemplatesHandler = (_, _) => Of(Read<ListResourceTemplatesResult>(
                """{"resourceTemplates":[{"uriTemplate":"test://template/{id}/data","name":"By id","description":"Data of an id","mimeType":"application/json"}]}""")),
            ReadResourceHandler = (request, _) => Of(ReadResource(request.Params!.Uri)),
            SubscribeToResourcesHandler = (_, _) => Of(new EmptyResult()),
            UnsubscribeFromResourcesHandler = (_, _) => Of(new EmptyResult()),
            SetLoggingLevelHandler = (_, _) => Of(new EmptyResult()),
            CompleteHandler = (_, _) => Of(new CompleteResult { Completion = new Completion { Values = [], Total = 0, HasMore = false } }),
        },
    };

    static async ValueTask<CallToolResult> CallAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancel)
    {
        var name = request.Params!.Name;
        return s_answers.TryGetValue(name, out var content) ? Content(content)
            : s_questions.TryGetValue(name, out var question) ? await AskAsync(request, question, cancel)
            : name switch
            {
                "test_tool_with_logging" => await LogAsync(request, cancel),
                "test_tool_with_progress" => await ReportAsync(request, cancel),
                "test_error_handling" => new CallToolResult { Content = [Text("This tool intentionally returns an error for testing")], IsError = true },
                "test_sampling" => await SampleAsync(request, cancel),
                "test_reconnection" => new CallToolResult { Content = [Text("Nothing was cut")] },
                _ => throw new McpProtocolException($"Unknown tool: {name}", McpErrorCode.InvalidParams),
            };
    }

    static async Task<CallToolResult> AskAsync(RequestContext<CallToolRequestParams> request, string schema, CancellationToken cancel)
    {
        var message = request.Params!.Arguments?.TryGetValue("message", out var given) is true ? given.GetString()! : "Please fill this in";
        var question = new JsonObject { ["mode"] = "form", ["message"] = message, ["requestedSchema"] = JsonNode.Parse(schema) };
        var answer = await request.Server.ElicitAsync(Read<ElicitRequestParams>(question.ToJsonString()), cancel);
        return new CallToolResult { Content = [Text($"Elicitation completed: action={answer.Action}, content={JsonSerializer.Serialize(answer.Content, McpJsonUtilities.DefaultOptions)}")] };
    }

    static async Task<CallToolResult> SampleAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancel)
    {
        var asked = new JsonObject
        {
            ["messages"] = new JsonArray(new JsonObject
            {
                ["role"] = "user",
                ["content"] = new JsonObject { ["type"] = "text", ["text"] = request.Params!.Arguments!["prompt"].GetString() },
            }),
            ["maxTokens"] = 100,
        };
        var answer = await request.Server.SampleAsync(Read<CreateMessageRequestParams>(asked.ToJsonString()), cancel);
        return new CallToolResult { Content = [Text("LLM response: " + string.Concat(answer.Content.OfType<TextContentBlock>().Select(block => block.Text)))] };
    }

    static async Task<CallToolResult> LogAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancel)
    {
        foreach (var step in new[] { "Tool execution started", "Tool processing data", "Tool execution completed" })
        {
            await request.Server.SendNotificationAsync(
                NotificationMethods.LoggingMessageNotification,
                new LoggingMessageNotificationParams { Level = LoggingLevel.Info, Data = JsonSerializer.SerializeToElement(step) },
                McpJsonUtilities.DefaultOptions,
                cancel);
        }

        return new CallToolResult { Content = [Text("Logged")] };
    }

    static async Task<CallToolResult> ReportAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancel)
    {
        if (request.Params!.ProgressToken is { } token)
        {
            foreach (var step in new[] { 0, 50, 100 })
            {
                await request.Server.NotifyProgressAsync(token, new ProgressNotificationValue { Progress = step, Total = 100 }, cancellationToken: cancel);
            }
        }

        return new CallToolResult { Content = [Text("Reported")] };
    }

    static Tool ToolOf(string name) => new()
    {
        Name = name,
        Description = $"A fixture: {name}",
        InputSchema = JsonSerializer.Deserialize<JsonElement>(name switch
        {
            "json_schema_2020_12_tool" => Schema2020,
            "test_sampling" => """{"type":"object","properties":{"prompt":{"type":"string"}},"required":["prompt"]}""",
            "test_elicitation" => """{"type":"object","properties":{"message":{"type":"string"}},"required":["message"]}""",
            _ => """{"type":"object","properties":{}}""",
        }),
    };

    static Prompt PromptOf(string name) => new()
    {
        Name = name,
        Description = $"A fixture: {name}",
        Arguments = [.. s_promptArguments.GetValueOrDefault(name, []).Select(argument => new PromptArgument { Name = argument, Description = "Put in", Required = true })],
    };

    static GetPromptResult GetPrompt(GetPromptRequestParams asked)
    {
        var messages = s_prompts[asked.Name];
        foreach (var (name, value) in asked.Arguments ?? new Dictionary<string, JsonElement>())
        {
            messages = messages.Replace($"${name}", value.GetString(), StringComparison.Ordinal);
        }

        return Read<GetPromptResult>($$"""{"messages":{{messages}}}""");
    }

    static ReadResourceResult ReadResource(string uri) => Read<ReadResourceResult>(uri switch
    {
        "test://static-binary" => $$"""{"contents":[{"uri":"{{uri}}","mimeType":"image/png","blob":"{{Picture}}"}]}""",
        _ when uri.StartsWith("test://template/", StringComparison.Ordinal) =>
            $$"""{"contents":[{"uri":"{{uri}}","mimeType":"application/json","text":"The data of {{uri.Split('/')[3]}}"}]}""",
        _ => $$"""{"contents":[{"uri":"{{uri}}","mimeType":"text/plain","text":"This is the content of the static text resource."}]}""",
    });

    static CallToolResult Content(string blocks) => Read<CallToolResult>($$"""{"content":{{blocks}}}""");

    static TextContentBlock Text(string text) => new() { Text = text };

    static ValueTask<T> Of<T>(T value) => ValueTask.FromResult(value);

    static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, McpJsonUtilities.DefaultOptions)!;
}
