using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.Server;
using AgentOrchestrator.Server.Access;

namespace AgentOrchestrator.ServerTests.Access;

/// <summary>A test server with authentication on and a token file of its own.</summary>
static class GuardedServer
{
    public static Task<TestServer> StartAsync(Func<ServerOptions, ServerOptions>? adjust = null) =>
        TestServer.StartAsync(options => (adjust ?? (o => o))(options with
        {
            NoAuth = false,
            TokenFile = Path.Combine(options.ProjectDir, "config", "servers.json"),
        }));

    public static async Task<HttpResponseMessage> SendAsync(
        this TestServer server, HttpMethod method, string path, string? token = null, string? json = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (json is not null)
        {
            request.Content = new StringContent(json, new MediaTypeHeaderValue("application/json"));
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    /// <summary>A token of that role; for an agent, of a run that was claimed for it.</summary>
    public static async Task<string> TokenOfAsync(this TestServer server, Role role)
    {
        if (role is Role.Agent)
        {
            return (await server.ClaimAsync("session-" + Guid.NewGuid().ToString("N")[..12])).Token;
        }

        var created = await server.SendAsync(
            HttpMethod.Post, "/tokens", server.Host.Token, $$"""{"name":"test","role":"{{WireEnum<Role>.Text(role)}}"}""");
        Assert.Equal(StatusCodes.Status201Created, (int)created.StatusCode);
        var body = await created.Content.ReadFromJsonAsync(ProtocolJson.Default.TokenCreated, TestContext.Current.CancellationToken);
        return body!.Token;
    }

    public static async Task<(string Token, string RunId, string RunnerId)> ClaimAsync(this TestServer server, string session)
    {
        var runner = await server.JsonAsync(
            "/runner/register", $$"""{"hostname":"{{session}}","project_dir":"/p","executor_type":"claude-code","capabilities":["leases","claim_ack"]}""");
        var runnerId = runner.GetProperty("runner_id").GetString()!;
        await server.JsonAsync("/runs", $$"""{"type":"start_session","session_name":"{{session}}","prompt":"hello"}""");
        var polled = await server.SendAsync(HttpMethod.Get, $"/runner/runs?runner_id={runnerId}", server.Host.Token);
        var claim = await ReadJsonAsync(polled);
        return (
            claim.GetProperty("assignment").GetProperty("token").GetString()!,
            claim.GetProperty("run").GetProperty("run_id").GetString()!,
            runnerId);
    }

    public static async Task<JsonElement> JsonAsync(this TestServer server, string path, string json)
    {
        var answer = await server.SendAsync(HttpMethod.Post, path, server.Host.Token, json);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        return await ReadJsonAsync(answer);
    }

    public static async Task<JsonElement> ReadJsonAsync(HttpResponseMessage answer)
    {
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return document.RootElement.Clone();
    }

    /// <summary>The answer is problem details of that status and code; gives its text.</summary>
    public static async Task<string> AssertProblemAsync(this HttpResponseMessage answer, int status, string code)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonSerializer.Deserialize(text, CompactJson.Default.Problem)!;
        Assert.Equal((status, code), ((int)answer.StatusCode, problem.Code));
        Assert.Equal(status, problem.Status);
        Assert.NotEmpty(problem.Title);
        Assert.NotEmpty(problem.Detail);
        Assert.NotEmpty(problem.TraceId!);
        return problem.Detail;
    }
}
