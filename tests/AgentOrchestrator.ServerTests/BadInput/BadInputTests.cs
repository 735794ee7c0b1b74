using System.Diagnostics;
using AgentOrchestrator.Coordinator;

namespace AgentOrchestrator.ServerTests.BadInput;

/// <summary>Every operation with every mutation: never a 5xx, a problem that says why, and nothing changed by what was refused.</summary>
public sealed class BadInputTests
{
    /// <summary>On a laptop every n-th of them, each time others by the day; all of them where everything is tested.</summary>
    static readonly int s_every = Environment.GetEnvironmentVariable("TEST_LEVEL") == "full" ? 1 : 6;

    static readonly TimeSpan s_slow = TimeSpan.FromSeconds(5);

    /// <summary>A server sees this many before a fresh one takes over: what was accepted would make every look at its state slower.</summary>
    const int PerServer = 300;

    [Fact]
    public async Task Nothing_that_is_sent_breaks_the_server_or_changes_what_it_keeps_when_it_is_refused()
    {
        var offences = new List<string>();
        var total = PerServer * s_every;
        for (var first = 0; first < total; first += PerServer * s_every)
        {
            total = await ThrowAsync(first, offences);
        }

        Assert.True(total > 5_000, $"only {total} requests were made up");
        Assert.True(offences.Count == 0, $"{offences.Count} of {total}:\n{string.Join('\n', offences.Take(40))}");
    }

    /// <returns>How many requests there are in all.</returns>
    static async Task<int> ThrowAsync(int first, List<string> offences)
    {
        await using var server = await StartAsync();
        var (runId, runnerId) = await PrepareAsync(server);
        using var dump = new StateDump(Path.Combine(server.DataDir, "observability.db"), server.AgentsDir);
        var mutations = new Mutations(template => Fill(template, runId), runnerId);
        var requests = Operation.All(await server.Client.GetJsonAsync("/openapi.json")).SelectMany(mutations.Of).ToList();

        var before = dump.Take();
        var offset = DateTime.UtcNow.DayOfYear % s_every;
        for (var i = first + offset; i < Math.Min(requests.Count, first + (PerServer * s_every)); i += s_every)
        {
            offences.AddRange(await JudgeAsync(server, requests[i], dump, before));
            await dump.SettleAsync();
            before = dump.Take();
        }

        return requests.Count;
    }

    static async Task<List<string>> JudgeAsync(TestServer server, BadRequest bad, StateDump dump, string before)
    {
        var offences = new List<string>();
        using var message = bad.ToMessage(server.Url);
        var since = Stopwatch.GetTimestamp();
        using var response = await server.Client.SendAsync(message, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var status = (int)response.StatusCode;
        Check(status < 500, "a fault of the server");
        Check(Stopwatch.GetElapsedTime(since) < s_slow, "slow");
        Check(status >= 400 || !bad.IsCertain, "accepted");
        Check(status is < 400 or 400 or 401 or 403 or 404 or 405 or 409 or 413 or 415 or 422, "an odd status");
        if (status >= 400)
        {
            Check(dump.Take() == before, "refused, and yet something changed");

            // Kestrel itself answers what is no HTTP, without a body.
            if (text.Length > 0 || status != 400)
            {
                Check(response.Content.Headers.ContentType?.MediaType == "application/problem+json", "no problem+json");
                Check(text.Contains("\"detail\":\"", StringComparison.Ordinal) || text.Contains("duplicate_runner", StringComparison.Ordinal), "no detail");
                Check(text.Length < 3_000, "a long answer");
            }
        }

        return offences;

        void Check(bool holds, string offence)
        {
            if (!holds)
            {
                offences.Add($"{offence}: {status} for {bad} → {text[..Math.Min(text.Length, 300)]}");
            }
        }
    }

    static Task<TestServer> StartAsync() => TestServer.StartAsync(options => options with
    {
        Coordinator = new CoordinatorOptions
        {
            PollTimeout = TimeSpan.FromMilliseconds(1),
            ReapInterval = TimeSpan.FromHours(1),
            MaxQueuedPerSession = 100_000,
        },
    });

    /// <summary>One of everything that a path can name.</summary>
    static async Task<(string RunId, string RunnerId)> PrepareAsync(TestServer server)
    {
        await server.Client.PostJsonAsync("/agents", new { name = "known", description = "d" }, expected: 201);
        var queued = await server.Client.PostJsonAsync(
            "/runs", new { type = "start_session", session_name = "known", session_id = "known", prompt = "p" });
        var registered = await server.Client.PostJsonAsync(
            "/runner/register", new { hostname = "h", project_dir = "/", executor_type = "other", instance_id = "i" });
        return (queued.Text("run_id"), registered.Text("runner_id"));
    }

    static string Fill(string template, string runId) => template
        .Replace("{id}", template.Contains("/runs/", StringComparison.Ordinal) || template.Contains("/jobs/", StringComparison.Ordinal) ? runId : "known", StringComparison.Ordinal)
        .Replace("{session_id}", "known-room", StringComparison.Ordinal)
        .Replace("{name}", "known", StringComparison.Ordinal);
}
