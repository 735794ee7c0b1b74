using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.ServerTests.Runner;

/// <summary>What the tests of runners ask of the server.</summary>
sealed class RunClient(HttpClient http)
{
    static readonly TimeSpan s_soon = TimeSpan.FromMinutes(5);

    public async Task<RunCreated> StartAsync(string script, string? session = null, string? projectDir = null, string? agent = null, Demands? demands = null)
    {
        var request = new CreateRun
        {
            Type = session is null ? RunType.StartSession : RunType.ResumeSession,
            SessionId = session,
            Prompt = script,
            ProjectDir = projectDir,
            AgentName = agent,
            AdditionalDemands = demands,
        };
        using var response = await http.PostAsync("/runs", JsonContent.Create(request, CompactJson.Default.CreateRun));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync(ProtocolJson.Default.RunCreated))!;
    }

    /// <summary>A child, whose end calls its parent back.</summary>
    public async Task<RunCreated> StartChildAsync(string script, string parent)
    {
        var request = new CreateRun { Type = RunType.StartSession, Prompt = script, ParentSessionId = parent, ExecutionMode = ExecutionMode.AsyncCallback };
        using var response = await http.PostAsync("/runs", JsonContent.Create(request, CompactJson.Default.CreateRun));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync(ProtocolJson.Default.RunCreated))!;
    }

    public async Task<RunView> FindAsync(string runId) => (await http.GetFromJsonAsync($"/runs/{runId}", ProtocolJson.Default.RunView))!;

    public async Task StopAsync(string runId)
    {
        using var response = await http.PostAsync($"/runs/{runId}/stop", null);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    public async Task<IReadOnlyList<EventView>> ReadLogAsync(string sessionId)
    {
        var events = new List<EventView>();
        long? after = 0;
        while (after is not null)
        {
            var page = await http.GetFromJsonAsync($"/sessions/{sessionId}/events?after={after}&limit=500", ProtocolJson.Default.EventList);
            events.AddRange(page!.Events);
            after = page.NextAfter;
        }

        Assert.Equal(Enumerable.Range(1, events.Count).Select(n => (long)n), events.Select(e => e.Seq));
        return events;
    }

    /// <summary>How long it was from the acknowledged stop to the end of the run, which is told once all its processes are gone.</summary>
    public async Task<TimeSpan> ReadStopAsync(RunCreated run)
    {
        var log = (await ReadLogAsync(run.SessionId)).Where(e => e.RunId == run.RunId).ToList();
        return log.Single(e => e.EventType is EventTypes.RunStopped).RecordedAt - log.Single(e => e.EventType is EventTypes.RunStopping).RecordedAt;
    }

    public async Task<IReadOnlyList<RunView>> RunsOfAsync(string sessionId) =>
        (await http.GetFromJsonAsync($"/runs?session_id={sessionId}", ProtocolJson.Default.RunList))!.Runs;

    public async Task<IReadOnlyList<string>> ReadOutputAsync(string sessionId) =>
        [.. (await ReadLogAsync(sessionId)).Where(e => e is { EventType: EventTypes.Message, Role: "assistant" }).Select(TextOf)];

    public static string TextOf(EventView e) => e.Content!.Value[0].GetProperty("text").GetString()!;

    public async Task<RunView> WaitForEndAsync(string runId)
    {
        await WaitAsync(async () => (await FindAsync(runId)).Status is RunStatus.Completed or RunStatus.Failed or RunStatus.Stopped, "the end of the run");
        return await FindAsync(runId);
    }

    public Task WaitForOutputAsync(string sessionId, string line) =>
        WaitAsync(async () => (await ReadOutputAsync(sessionId)).Contains(line), $"the output '{line}'");

    public Task<JsonElement> RunnersAsync() => http.GetFromJsonAsync<JsonElement>("/runners");

    public static Task WaitAsync(Func<Task<bool>> condition, string what) =>
        Eventually.TrueAsync(condition, what, s_soon, TestContext.Current.CancellationToken);

    public static Task WaitAsync(Func<bool> condition, string what) =>
        Eventually.TrueAsync(condition, what, s_soon, TestContext.Current.CancellationToken);
}
