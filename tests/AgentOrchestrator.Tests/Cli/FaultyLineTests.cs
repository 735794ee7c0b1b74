using System.Text;
using AgentOrchestrator.Cli.Proving;
using AgentOrchestrator.ModelServer;
using Xunit;

namespace AgentOrchestrator.Tests.Cli;

/// <summary>The line that <c>ao prove</c> lets requests fare badly on.</summary>
public sealed class FaultyLineTests : IAsyncLifetime
{
    ScriptedModelServer _server = null!;
    FaultyLine _line = null!;
    HttpClient _http = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await ScriptedModelServer.StartAsync(cancel: Cancel);
        _line = new FaultyLine(new Uri(_server.BaseUrl).Port, TimeProvider.System);
        _http = new HttpClient { BaseAddress = new Uri(_line.Url) };
    }

    [Theory]
    [InlineData(0)]
    [InlineData(50_000)]
    public async Task Without_a_fault_requests_and_answers_pass_one_after_another(int length)
    {
        var text = new string('x', length + 1);

        Assert.Contains(text, await AskAsync(text), StringComparison.Ordinal);
        Assert.Contains(text, await AskAsync(text, isChunked: true), StringComparison.Ordinal);
        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task A_cut_before_the_request_arrives_hides_it_from_the_server()
    {
        var struck = _line.Arm(LineFault.CutBefore);

        await Assert.ThrowsAnyAsync<Exception>(() => AskAsync("lost"));

        Assert.True(struck.IsCompletedSuccessfully);
        Assert.Empty(_server.Requests);
        Assert.Contains("next", await AskAsync("next"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cut_before_the_answer_arrives_hides_what_the_server_did()
    {
        _ = _line.Arm(LineFault.CutAfter);

        await Assert.ThrowsAnyAsync<Exception>(() => AskAsync("done"));

        Assert.Single(_server.Requests);
        Assert.Contains("next", await AskAsync("next"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_doubled_request_arrives_twice_and_is_answered_once()
    {
        _ = _line.Arm(LineFault.Twice);

        Assert.Contains("again", await AskAsync("again"), StringComparison.Ordinal);
        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task A_held_request_is_answered_late()
    {
        _ = _line.Arm(LineFault.Hold);
        var since = TimeProvider.System.GetTimestamp();

        Assert.Contains("late", await AskAsync("late"), StringComparison.Ordinal);
        Assert.True(TimeProvider.System.GetElapsedTime(since) >= FaultyLine.Held * 0.9);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _line.Dispose();
        await _server.DisposeAsync();
    }

    async Task<string> AskAsync(string text, bool isChunked = false)
    {
        var body = $$"""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"{{text}}"}]}""";
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/messages") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TransferEncodingChunked = isChunked;
        using var answer = await _http.SendAsync(request, Cancel);
        return await answer.Content.ReadAsStringAsync(Cancel);
    }
}
