using System.Text.Json;

namespace AgentOrchestrator.ServerTests.Runs;

/// <summary>A runner as the wire sees it: it registers, polls and reports, and executes nothing.</summary>
sealed class FakeRunner(HttpClient client, string runnerId)
{
    public string RunnerId => runnerId;

    /// <param name="keepsLeases">Renews by fence and acknowledges claims, as our own runner; else as the predecessor's.</param>
    public static async Task<FakeRunner> RegisterAsync(HttpClient client, string name, bool keepsLeases = false, int? maxConcurrent = null)
    {
        var registered = await client.PostJsonAsync("/runner/register", new
        {
            hostname = "box",
            project_dir = $"/{name}",
            executor_type = "claude-code",
            capabilities = keepsLeases ? new[] { "leases", "claim_ack" } : [],
            max_concurrent = maxConcurrent,
        });
        return new FakeRunner(client, registered.Text("runner_id"));
    }

    /// <summary>The run that a poll brings; null for none, or for anything else.</summary>
    public async Task<JsonElement?> PollAsync(CancellationToken cancel = default)
    {
        using var response = await client.TryAsync(HttpMethod.Get, $"/runner/runs?runner_id={runnerId}", cancel: cancel);
        var text = await response.Content.ReadAsStringAsync(cancel);
        return text.Length > 0 && JsonDocument.Parse(text).RootElement.TryGetProperty("run", out var run) ? run : null;
    }

    /// <summary>The run that a poll must bring.</summary>
    public async Task<string> ClaimAsync() =>
        (await PollAsync() ?? throw new InvalidOperationException($"{runnerId} was given no run")).Text("run_id");

    public Task<JsonElement> StartAsync(string runId, int expected = 200) => ReportAsync(runId, "started", new { runner_id = runnerId }, expected);

    public Task<JsonElement> CompleteAsync(string runId, int expected = 200) =>
        ReportAsync(runId, "completed", new { runner_id = runnerId, status = "success" }, expected);

    public Task<JsonElement> FailAsync(string runId, string error, int expected = 200) =>
        ReportAsync(runId, "failed", new { runner_id = runnerId, error }, expected);

    public Task<JsonElement> StoppedAsync(string runId, int expected = 200) =>
        ReportAsync(runId, "stopped", new { runner_id = runnerId }, expected);

    public Task<JsonElement> BeatAsync(params object[] runs) =>
        client.PostJsonAsync("/runner/heartbeat", new { runner_id = runnerId, runs });

    Task<JsonElement> ReportAsync(string runId, string move, object report, int expected) =>
        client.PostJsonAsync($"/runner/runs/{runId}/{move}", report, expected);
}
