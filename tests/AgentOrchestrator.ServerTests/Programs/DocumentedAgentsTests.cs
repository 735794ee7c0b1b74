using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Runner.Processes;
using AgentOrchestrator.ServerTests.Runner;

namespace AgentOrchestrator.ServerTests.Programs;

/// <summary>The agents that docs/agents.md shows, as they stand there.</summary>
public sealed partial class DocumentedAgentsTests : IAsyncLifetime
{
    ProgramServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(Executables.Find("python3", Environment.GetEnvironmentVariable("PATH")) is null, "The examples are written in Python; there is no python3 here.");
        _server = await ProgramServer.StartAsync();
        await WriteAsync("word-count");
        await WriteAsync("turtle");
    }

    public ValueTask DisposeAsync() => _server is null ? ValueTask.CompletedTask : _server.DisposeAsync();

    [Fact]
    public async Task The_command_counts_and_refuses()
    {
        var counted = await _server.RunAsync("word-count", """{"text": "to be or not to be", "longest": 1}""");
        var refused = await _server.RunAsync("word-count", "to be or not to be");

        Assert.True(counted.Status is RunStatus.Completed, counted.Error);
        Assert.Equal("""{"words": 6, "longest": ["not"]}""", counted.ResultText);
        Assert.Equal(6, counted.ResultData!.Value.GetProperty("words").GetInt32());
        Assert.Equal("invalid_input", refused.Reason);
    }

    [Fact]
    public async Task The_process_thinks_aloud_and_goes_on()
    {
        var run = await _server.RunAsync("turtle", "race");
        var again = await _server.RunAsync("turtle", "race on", run.SessionId);

        Assert.True(run.Status is RunStatus.Completed, run.Error);
        Assert.Equal("Slow and steady.", run.ResultText);
        Assert.Equal(
            ["You want me to start: race", "Slow and steady.", "You want me to resume: race on", "Slow and steady."],
            await _server.Runs.ReadOutputAsync(run.SessionId));
        Assert.Equal(RunStatus.Completed, again.Status);
        Assert.Equal("think", (await _server.Runs.ReadLogAsync(run.SessionId)).First(e => e.EventType is EventTypes.PostTool).ToolName);
    }

    [Fact]
    public async Task The_demo_that_is_a_command_completes_on_hello()
    {
        var run = await ProgramServer.RunDemoAsync("concierge");

        Assert.True(run.Status is RunStatus.Completed, run.Error);
        Assert.Contains("storyteller", run.ResultText, StringComparison.Ordinal);
    }

    async Task WriteAsync(string agent)
    {
        var files = Example().Matches(await File.ReadAllTextAsync(AgentsPage()))
            .Where(match => match.Groups[1].Value == agent)
            .ToDictionary(match => match.Groups[2].Value, match => match.Groups[3].Value);
        Assert.Equal(2, files.Count);
        var first = files["agent.json"].IndexOf('{', StringComparison.Ordinal) + 1;
        await _server.Http.CallAsync(HttpMethod.Post, "/agents", files["agent.json"].Insert(first, $"\"name\":\"{agent}\","), expected: 201);
        foreach (var (file, text) in files.Where(pair => pair.Key is not "agent.json")) { await _server.WriteProgramAsync(agent, file, text); }
    }

    static string AgentsPage([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..", "docs", "agents.md"));

    [GeneratedRegex(@"^`([a-z-]+)/([a-z.]+)`[^\n]*:\n\n```\w+\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Example();
}
