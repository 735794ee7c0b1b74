using System.Text;
using System.Text.Json;
using AgentOrchestrator.Tools;
using AgentOrchestrator.Tools.OpenApi;
using AgentOrchestrator.Tools.Outbound;
using AgentOrchestrator.Tools.Servers;
using Microsoft.Extensions.AI;
using Xunit;

namespace AgentOrchestrator.Tests.Tools.OpenApi;

public sealed class OpenApiServerTests : IAsyncDisposable
{
    const string Document = """
        {
          "openapi": "3.1.0",
          "paths": {
            "/": { "get": {} },
            "/health": { "get": {} },
            "/tools": { "get": {} },
            "/notes/{id}": {
              "parameters": [ { "name": "id", "in": "path", "schema": { "type": "string" } }, { "name": "lang", "in": "query", "description": "of the path" } ],
              "put": {
                "operationId": "notes.update",
                "summary": "Update a note",
                "description": "Writes it anew.",
                "parameters": [
                  { "name": "lang", "in": "query", "description": "of the operation", "schema": { "anyOf": [ { "type": "null" }, { "type": "string" } ] } },
                  { "$ref": "#/components/parameters/Trace" }
                ],
                "requestBody": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Note" } } } },
                "responses": { "200": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Note" } } } } }
              },
              "delete": { "operationId": "notes_update" }
            },
            "/notes": { "get": { "parameters": [ { "name": "tag", "in": "query", "schema": { "type": "array", "items": { "type": "string" } } } ] } },
            "/upload": { "post": { "operationId": "upload", "requestBody": { "content": { "multipart/form-data": {} } } } }
          },
          "components": {
            "parameters": { "Trace": { "name": "X-Trace", "in": "header", "schema": { "type": "string" } } },
            "schemas": {
              "Note": {
                "type": "object",
                "required": [ "text" ],
                "properties": {
                  "id": { "type": "integer" },
                  "text": { "type": "string", "description": "What it says", "example": "not for the model" },
                  "parent": { "$ref": "#/components/schemas/Note" },
                  "loop": { "$ref": "#/components/schemas/Loop" }
                }
              },
              "Loop": { "$ref": "#/components/schemas/Loop" }
            }
          }
        }
        """;

    readonly OutboundClient _client = new(new OutboundPolicy { PrivateNetworks = OutboundPolicy.ReadNetworks("127.0.0.0/8") });

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task The_document_is_looked_for_where_the_contract_says_and_in_its_order()
    {
        await using var service = new LoopbackServer(r =>
            r.Path == "/base/docs/openapi.json" ? LoopbackServer.Json(Document) : LoopbackServer.Text("<html>", "text/html", r.Path == "/base" ? 200 : 404));

        var actions = await Server(service, "/base").ListActionsAsync(Cancel);

        Assert.Equal(["/base/openapi.json", "/base", "/base/api/openapi.json", "/base/docs/openapi.json"], service.Requests.Select(r => r.Path));
        Assert.Equal(4, actions.Count);
    }

    [Fact]
    public async Task Nothing_found_says_what_was_tried()
    {
        await using var service = new LoopbackServer(r => r.Path == "/" ? LoopbackServer.Json("[1]") : LoopbackServer.Text("no", status: 404));

        var refusal = await Assert.ThrowsAsync<ToolException>(() => Server(service).ListAsync(Cancel));

        Assert.Equal(
            "No OpenAPI document was found at 'notes': /openapi.json answered 404; / is no OpenAPI document; /api/openapi.json answered 404; "
            + "/docs/openapi.json answered 404.",
            refusal.Message);
    }

    [Fact]
    public async Task An_action_has_the_documents_id_name_and_parameters()
    {
        await using var service = Serving(Document);

        var actions = await Server(service).ListActionsAsync(Cancel);

        Assert.Equal(["notes_update", "notes_update_2", "get_notes", "upload"], actions.Select(a => a.Id));
        Assert.Equal(["Update a note", "Notes Id", "Notes", "Upload"], actions.Select(a => a.Name));
        Assert.Equal(["PUT", "DELETE", "GET", "POST"], actions.Select(a => a.Method));
        Assert.Equal([true, true, true, false], actions.Select(a => a.Enabled));
        Assert.Equal(
            ["id:string:True", "lang:string:False", "X-Trace:string:False", "id_2:integer:False", "text:string:True", "parent:object:False", "loop:string:False"],
            actions[0].Parameters.Select(p => $"{p.Name}:{p.Type}:{p.Required}"));
        Assert.Equal("of the operation", actions[0].Parameters[1].Description);
        Assert.NotNull(actions[0].ResponseSchema);
    }

    [Fact]
    public async Task A_schema_that_contains_itself_ends_where_it_begins_again()
    {
        await using var service = Serving(Document);

        var update = await FunctionAsync(service, "notes_update");

        var properties = update.JsonSchema.GetProperty("properties");
        Assert.Equal("""{"type":"object"}""", properties.GetProperty("parent").GetRawText());
        Assert.Equal("{}", properties.GetProperty("loop").GetRawText());
        Assert.DoesNotContain("$ref", update.JsonSchema.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("example", update.JsonSchema.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task References_that_multiply_stay_small()
    {
        var schemas = string.Join(',', Enumerable.Range(0, 30).Select(level => $$"""
            "S{{level}}": {"type":"object","properties":{ {{string.Join(',', Enumerable.Range(0, 10).Select(n => $$"""
                "p{{n}}": {"$ref":"#/components/schemas/S{{level + 1}}" }
                """))}} } }
            """));
        await using var service = Serving($$"""
            {"openapi":"3.0.0","paths":{"/x":{"post":{"operationId":"x","requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/S0"} } } } } } },
             "components":{"schemas":{ {{schemas}} } } }
            """);

        var function = await FunctionAsync(service, "x");

        Assert.True(function.JsonSchema.GetRawText().Length < 500_000);
    }

    [Fact]
    public async Task A_call_uses_the_actions_own_method_and_puts_each_value_in_its_place()
    {
        await using var service = Serving(Document);
        var update = await FunctionAsync(service, "notes_update");

        await update.InvokeAsync(Arguments("""{"id":"a/b c","lang":"d&e","X-Trace":"t1","id_2":7,"text":"hello"}"""), Cancel);

        var call = service.Requests[^1];
        Assert.Equal(("PUT", "/notes/a%2Fb%20c?lang=d%26e"), (call.Method, call.Path));
        Assert.Equal("""{"id":7,"text":"hello"}""", call.Body);
        Assert.Equal("t1", call["X-Trace"]);
        Assert.Equal("Bearer secret", call["Authorization"]);
    }

    [Fact]
    public async Task A_get_puts_its_values_into_the_query()
    {
        await using var service = Serving(Document);
        var list = await FunctionAsync(service, "get_notes");

        await list.InvokeAsync(Arguments("""{"tag":["a","b"]}"""), Cancel);

        Assert.Equal(("GET", "/notes?tag=a&tag=b", ""), (service.Requests[^1].Method, service.Requests[^1].Path, service.Requests[^1].Body));
    }

    [Theory]
    [InlineData("""{"id":"1"}""", "'text' is required.")]
    [InlineData("""{"id":"1","text":3}""", "'text' must be a string, not a number.")]
    [InlineData("""{"id":"1","text":"t","id_2":1.5}""", "'id_2' must be an integer, not a number with a fraction.")]
    [InlineData("""{"id":"1","text":"t","parent":[]}""", "'parent' must be an object, not an array.")]
    public async Task Arguments_that_do_not_fit_are_told_and_not_sent(string arguments, string words)
    {
        await using var service = Serving(Document);
        var update = await FunctionAsync(service, "notes_update");
        var before = service.Requests.Count;

        var refusal = await Assert.ThrowsAsync<ToolException>(() => update.InvokeAsync(Arguments(arguments), Cancel).AsTask());

        Assert.Equal($"notes_update: {words}", refusal.Message);
        Assert.Equal(before, service.Requests.Count);
    }

    [Theory]
    [InlineData("""{"id":"..","text":"t"}""")]
    [InlineData("""{"id":"","text":"t"}""")]
    [InlineData("""{"id":"1","text":"t","X-Trace":"a\r\nAuthorization: Bearer other"}""")]
    [InlineData("""{"id":"1","text":"t","parent":{"text":"a","text":"b"}}""")]
    public async Task Values_that_would_change_the_request_itself_are_refused(string arguments)
    {
        await using var service = Serving(Document);
        var update = await FunctionAsync(service, "notes_update");
        var before = service.Requests.Count;

        await Assert.ThrowsAsync<ToolException>(() => update.InvokeAsync(Arguments(arguments), Cancel).AsTask());

        Assert.Equal(before, service.Requests.Count);
    }

    [Theory]
    [InlineData(200, "application/json", """{"result":{"n":1}}""", """{"n":1}""")]
    [InlineData(200, "application/json", """{"result":null,"error":null}""", "null")]
    [InlineData(200, "application/json", """{"n":1,"error":null}""", """{"n":1,"error":null}""")]
    [InlineData(201, "application/json", "[1,2]", "[1,2]")]
    [InlineData(200, "text/plain", "it's done", "\"The server answered text/plain, not JSON: it\\u0027s done\"")]
    [InlineData(200, "application/json", "{broken", "\"The server answered application/json, not JSON: {broken\"")]
    public async Task A_result_is_the_bodys_or_the_whole_body(int status, string type, string body, string result)
    {
        await using var service = Serving(Document, LoopbackServer.Text(body, type, status));
        var list = await FunctionAsync(service, "get_notes");

        var outcome = await list.InvokeAsync([], Cancel);

        Assert.Equal(result, Assert.IsType<JsonElement>(outcome).GetRawText());
    }

    [Theory]
    [InlineData(200, """{"result":null,"error":"no such tag"}""", "no such tag")]
    [InlineData(404, """{"detail":"gone"}""", "The server answered 404: gone")]
    [InlineData(500, """{"error":{"code":"x","message":"broke"}}""", "The server answered 500: broke")]
    [InlineData(502, "<html>Bad</html>", "The server answered 502: <html>Bad</html>")]
    public async Task An_error_is_told_in_the_servers_words(int status, string body, string words)
    {
        await using var service = Serving(Document, LoopbackServer.Json(body, status));
        var list = await FunctionAsync(service, "get_notes");

        var refusal = await Assert.ThrowsAsync<ToolException>(() => list.InvokeAsync([], Cancel).AsTask());

        Assert.Equal(words, refusal.Message);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_counted_not_shown()
    {
        await using var service = new LoopbackServer(async (request, stream, cancel) =>
        {
            if (request.Path == "/openapi.json") { await stream.WriteAsync(Encoding.UTF8.GetBytes(LoopbackServer.Json(Document)), cancel); return; }
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 4\r\nConnection: close\r\n\r\n"u8.ToArray(), cancel);
            await stream.WriteAsync(new byte[] { 0x89, 0x50, 0xff, 0x00 }, cancel);
        });
        var list = await FunctionAsync(service, "get_notes");

        var refusal = await Assert.ThrowsAsync<ToolException>(() => list.InvokeAsync([], Cancel).AsTask());

        Assert.Equal("The server answered image/png, not JSON: 4 bytes that are no text.", refusal.Message);
    }

    [Fact]
    public async Task An_empty_answer_is_no_result_and_no_error()
    {
        await using var service = Serving(Document, "HTTP/1.1 204 Done\r\nConnection: close\r\n\r\n");
        var list = await FunctionAsync(service, "get_notes");

        Assert.Null(await list.InvokeAsync([], Cancel));
    }

    [Theory]
    [InlineData("/v2", "/v2/notes")]
    [InlineData("v3/", "/v3/notes")]
    [InlineData("https://elsewhere.example/v4", "/notes")]
    [InlineData("http://127.0.0.1:1/v5", "/notes")]
    public async Task A_document_names_paths_of_its_own_server_only(string server, string path)
    {
        await using var service = Serving(Document.Replace("\"3.1.0\",", $"\"3.1.0\", \"servers\": [ {{ \"url\": \"{server}\" }} ],", StringComparison.Ordinal));
        var list = await FunctionAsync(service, "get_notes");

        await list.InvokeAsync([], Cancel);

        Assert.Equal(path, service.Requests[^1].Path);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Configured_actions_stand_in_where_nothing_is_discovered(bool discover)
    {
        await using var service = new LoopbackServer(r => r.Path == "/send" ? LoopbackServer.Json("""{"result":"sent"}""") : LoopbackServer.Text("no", status: 404));
        var action = new ToolAction
        {
            Id = "send",
            Name = "Send",
            Endpoint = "/send",
            Method = "POST",
            Parameters = [new ActionParameter { Name = "to", Type = "string", Required = true }],
        };
        var server = new OpenApiServer(new ToolServerConfig { Key = "mail", Url = service.Address(), AutoDiscover = discover, Actions = [action] }, _client);

        var send = Assert.Single(await server.ListAsync(Cancel));
        var result = await send.InvokeAsync(Arguments("""{"to":"bob"}"""), Cancel);

        Assert.Equal("\"sent\"", Assert.IsType<JsonElement>(result).GetRawText());
        Assert.Equal("""{"to":"bob"}""", service.Requests[^1].Body);
        Assert.Equal(discover ? 5 : 1, service.Requests.Count);
    }

    static AIFunctionArguments Arguments(string json) =>
        new(JsonElement.Parse(json).EnumerateObject().ToDictionary(member => member.Name, member => (object?)member.Value));

    static LoopbackServer Serving(string document, string? answer = null) =>
        new(r => r.Path == "/openapi.json" ? LoopbackServer.Json(document) : answer ?? LoopbackServer.Json("{}"));

    OpenApiServer Server(LoopbackServer service, string path = "/") =>
        new(new ToolServerConfig { Key = "notes", Url = service.Address(path), Token = "secret" }, _client);

    async Task<AIFunction> FunctionAsync(LoopbackServer service, string name) =>
        (await Server(service).ListAsync(Cancel)).Single(function => function.Name == name);
}
