using System.Net;
using System.Text.Json;

namespace AgentOrchestrator.ServerTests.Runs;

public sealed class RaceTests
{
    [Fact]
    public async Task Of_two_starts_of_one_name_in_the_same_instant_one_is_queued_and_one_refused()
    {
        await using var server = await TestServer.StartAsync();
        const int Names = 25;

        var answers = await Task.WhenAll(
            from i in Enumerable.Range(0, Names)
            from spelling in new[] { $"name{i}", $"NAME{i}" }
            select server.Client.TryAsync(
                HttpMethod.Post, "/runs", new { type = "start_session", session_name = spelling, prompt = "p" }));

        Assert.Equal(Names, answers.Count(answer => answer.StatusCode is HttpStatusCode.OK));
        Assert.Equal(Names, answers.Count(answer => answer.StatusCode is HttpStatusCode.Conflict));
        Assert.Equal(Names, (await server.Client.GetJsonAsync("/runs")).GetProperty("runs").GetArrayLength());
        Assert.Equal(Names, (await server.Client.GetJsonAsync("/sessions")).GetProperty("sessions").GetArrayLength());
    }

    [Fact]
    public async Task Refused_starts_and_resumes_leave_writes_and_health_as_quick_as_before()
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.PostJsonAsync("/runs", new { type = "start_session", session_name = "taken", prompt = "p" });

        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => server.Client.PostJsonAsync(
            "/runs",
            i % 2 == 0
                ? new { type = "start_session", session_name = "taken", prompt = "p" }
                : new { type = "resume_session", session_name = "nobody", prompt = "p" },
            expected: i % 2 == 0 ? 409 : 404)));
        var writes = Enumerable.Range(0, 8).Select(i => server.Client.PostJsonAsync("/sessions", new { session_id = $"s{i}" }));

        await Task.WhenAll(writes).WaitAsync(TimeSpan.FromSeconds(5));
        await server.Client.GetJsonAsync("/health").WaitAsync(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Opposite_reports_in_the_same_instant_end_a_run_once()
    {
        await using var server = await TestServer.StartAsync();
        var runner = await FakeRunner.RegisterAsync(server.Client, "a");
        for (var i = 0; i < 10; i++)
        {
            await server.Client.PostJsonAsync("/runs", new { type = "start_session", session_name = $"s{i}", prompt = "p" });
            var runId = await runner.ClaimAsync();
            await runner.StartAsync(runId);

            var answers = await Task.WhenAll(
                server.Client.TryAsync(
                    HttpMethod.Post, $"/runner/runs/{runId}/completed", new { runner_id = runner.RunnerId, status = "success" }),
                server.Client.TryAsync(
                    HttpMethod.Post, $"/runner/runs/{runId}/failed", new { runner_id = runner.RunnerId, error = "e" }));

            Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict], answers.Select(a => a.StatusCode).Order());
            Assert.Equal(1, Count(await server.Client.GetJsonAsync($"/sessions/s{i}/events"), "run_completed", "run_failed"));
        }
    }

    [Fact]
    public async Task Appends_side_by_side_give_one_dense_log()
    {
        await using var server = await TestServer.StartAsync();
        await server.Client.PostJsonAsync("/sessions", new { session_id = "c1" });

        var places = await Task.WhenAll(Enumerable.Range(0, 120).Select(_ => server.Client.PostJsonAsync(
            "/sessions/c1/events", new { event_type = "message", role = "user", content = Array.Empty<object>() })));

        Assert.Equal(Enumerable.Range(1, 120), places.Select(place => place.GetProperty("seq").GetInt32()).Order());
    }

    static int Count(JsonElement log, params string[] types) =>
        log.GetProperty("events").EnumerateArray().Count(entry => types.Contains(entry.Text("event_type")));
}
