using System.Text;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Server.Http;
using AgentOrchestrator.ServerTests.Access;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentOrchestrator.ServerTests.Http;

/// <summary>One shape for every refusal, whoever makes it.</summary>
public sealed class ProblemTests
{
    [Fact]
    public void Every_error_code_has_a_status()
    {
        Assert.All(Enum.GetValues<ErrorCode>(), code => Assert.InRange(ProblemTable.Status(code), 400, 599));
    }

    [Theory]
    [InlineData("GET", "/no/such/route", 404, "not_found")]
    [InlineData("GET", "/sessions/none", 404, "not_found")]
    [InlineData("PUT", "/sessions", 405, "method_not_allowed")]
    [InlineData("OPTIONS", "/sessions", 405, "method_not_allowed")]
    [InlineData("GET", "/ws", 400, "not_possible")]
    public async Task A_refusal_is_problem_details(string method, string path, int status, string code)
    {
        await using var server = await TestServer.StartAsync();

        var answer = await server.SendAsync(new HttpMethod(method), path);

        await answer.AssertProblemAsync(status, code);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal(status is 405, answer.Content.Headers.Allow.Count > 0);
    }

    [Fact]
    public async Task A_fault_of_ours_says_nothing_of_its_inside()
    {
        var context = new DefaultHttpContext { Response = { Body = new MemoryStream() } };

        await new Problems(_ => throw new InvalidOperationException("password=secret"), NullLogger<Problems>.Instance).InvokeAsync(context);

        var text = Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray());
        Assert.Equal((500, "application/problem+json"), (context.Response.StatusCode, context.Response.ContentType));
        Assert.Contains("\"code\":\"internal\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_may_work_later_says_when_to_try_again()
    {
        var context = new DefaultHttpContext { Response = { Body = new MemoryStream() } };

        await new Problems(_ => throw new ProductException(ErrorCode.Unavailable, "away"), NullLogger<Problems>.Instance).InvokeAsync(context);

        Assert.Equal((503, "1"), (context.Response.StatusCode, context.Response.Headers.RetryAfter.ToString()));
    }

    [Fact]
    public async Task Even_the_limits_of_the_web_server_give_a_status()
    {
        await using var server = await TestServer.StartAsync();
        var host = $"Host: {server.Url.Authority}";

        var longLine = await RawHttp.GetAsync(server.Url, "/sessions?x=" + new string('a', 10_000), host);
        var longHeaders = await RawHttp.GetAsync(server.Url, "/health", host, "X-A: " + new string('a', 40_000));
        var twoLengths = await RawHttp.SendAsync(
            server.Url, $"POST /runs HTTP/1.1\r\n{host}\r\nContent-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n");
        var health = await RawHttp.GetAsync(server.Url, "/health", host);

        Assert.Equal((414, 431, 200), (longLine.Status, longHeaders.Status, health.Status));
        Assert.InRange(twoLengths.Status, 400, 499);
    }

    [Fact]
    public async Task A_path_is_repeated_escaped_and_cut()
    {
        await using var server = await TestServer.StartAsync();

        var answer = await server.SendAsync(HttpMethod.Get, "/%3Cscript%3E/" + new string('a', 1_000));

        var problem = await GuardedServer.ReadJsonAsync(answer);
        Assert.InRange(problem.GetProperty("instance").GetString()!.Length, 1, 200);
        Assert.DoesNotContain("<script>", problem.GetRawText(), StringComparison.Ordinal);
    }
}
