using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.ServerTests.Faults;
using AgentOrchestrator.StoreTests;

namespace AgentOrchestrator.ServerTests.Audit;

/// <summary>A server that ends between an act and its entry: the next one makes the entry of what the act's transaction kept.</summary>
public sealed class AuditCrashTests
{
    static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(CrashPoint.ServerAnswered)]
    [InlineData(CrashPoint.ServerCommitted)]
    public async Task An_act_that_took_effect_is_in_the_audit_after_a_crash(string place)
    {
        await using var server = new ServerProcess("--no-runner");

        var name = await CrashAsync(server, place);

        var entry = await FindAsync(server.Client, name);
        Assert.Equal(("PATCH", "owner:local", "127.0.0.1", "0"), (entry.Text("method"), entry.Text("actor"), entry.Text("source"), entry.Text("status")));
        Assert.Equal(64, entry.Text("digest").Length);
        Assert.True((await server.Client.GetJsonAsync("/audit/verify")).GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task Another_node_makes_the_entry_where_the_database_is_shared()
    {
        await using var schema = await PostgresSchema.CreateAsync();
        await using var server = new ServerProcess("--no-runner") { Environment = { ["DATABASE_URL"] = schema.Address } };
        var name = await CrashAsync(server, CrashPoint.ServerAnswered);
        Assert.Empty(await ReadAsync(server.Client, name));

        await using var other = await TestServer.StartAsync(options => options with
        {
            Database = schema.Address,
            Coordinator = options.Coordinator with { AuditInterval = TimeSpan.FromMilliseconds(100), AuditSettleAge = TimeSpan.Zero },
        });

        Assert.Equal("0", (await FindAsync(other.Client, name)).Text("status"));
    }

    /// <summary>Leaves the server running again.</summary>
    /// <returns>The session that the last request before the crash changed.</returns>
    static async Task<string> CrashAsync(ServerProcess server, string place)
    {
        var cancel = TestContext.Current.CancellationToken;
        var crashes = Directory.CreateDirectory(Path.Combine(server.Folder, "crashes")).FullName;
        server.Environment[CrashPoint.Variable] = crashes;
        await server.StartAsync(cancel);
        // What the server does by itself may come to the place first: then the request has no effect, and the next one is tried.
        for (var attempt = 0; ; attempt++)
        {
            var name = $"session-{attempt}";
            await server.Client.PostJsonAsync("/sessions", new { session_id = name, session_name = name });
            await Eventually.TrueAsync(
                async () => (await server.Client.GetJsonAsync("/audit")).GetProperty("entries").GetArrayLength() > attempt, "the session is noted", s_limit, cancel);
            await File.WriteAllTextAsync(Path.Combine(crashes, place), "", cancel);
            await TryPatchAsync(server.Client, name);
            await server.Process.WaitForExitAsync(cancel).WaitAsync(s_limit, cancel);
            await server.KillAsync();
            await server.StartAsync(cancel);
            if ((await server.Client.GetJsonAsync($"/sessions/{name}")).GetProperty("session").ToString().Contains("/changed", StringComparison.Ordinal))
            {
                return name;
            }

            Assert.True(attempt < 20, "the act never took effect before the crash");
        }
    }

    static async Task TryPatchAsync(HttpClient client, string name)
    {
        try
        {
            using var answer = await client.TryAsync(HttpMethod.Patch, $"/sessions/{name}/metadata", new { project_dir = "/changed" });
        }
        catch (HttpRequestException)
        {
            // The crash came before the answer.
        }
    }

    static async Task<JsonElement> FindAsync(HttpClient client, string name)
    {
        JsonElement[] found = [];
        await Eventually.TrueAsync(
            async () => (found = await ReadAsync(client, name)).Length > 0, "the act is noted", s_limit, TestContext.Current.CancellationToken);
        return Assert.Single(found);
    }

    static async Task<JsonElement[]> ReadAsync(HttpClient client, string name)
    {
        var page = await client.GetJsonAsync("/audit");
        return [.. page.GetProperty("entries").EnumerateArray().Where(entry => entry.Text("method") == "PATCH" && entry.Text("subject") == name)];
    }
}
