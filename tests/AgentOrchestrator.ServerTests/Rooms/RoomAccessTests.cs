using AgentOrchestrator.Protocol.Access;
using AgentOrchestrator.ServerTests.Access;

namespace AgentOrchestrator.ServerTests.Rooms;

/// <summary>Who comes into a room, and who may speak in it.</summary>
public sealed class RoomAccessTests
{
    [Fact]
    public async Task A_viewer_reads_along_and_says_nothing_and_nobody_else_comes_in()
    {
        await using var server = await GuardedServer.StartAsync();
        var (viewer, agent) = (await server.TokenOfAsync(Role.Viewer), await server.TokenOfAsync(Role.Agent));
        Assert.Equal(401, (await RoomClient.EnterAsync(server, "lobby")).Status);
        Assert.Equal(403, (await RoomClient.EnterAsync(server, "lobby", token: agent)).Status);
        Assert.Equal(404, (await RoomClient.EnterAsync(server, "lobby", token: viewer)).Status);

        await using var ann = await RoomClient.EnterAsync(server, "lobby", isJson: true, token: await server.TokenOfAsync(Role.Operator));
        await using var ben = await RoomClient.EnterAsync(server, "lobby", isJson: true, token: viewer);
        await ann.SendAsync(new { type = "message", text = "hello" });
        Assert.Equal("hello", (await ben.HearUntilAsync("message"))[^1].Text("text"));
        foreach (var frame in new object[] { new { type = "message", text = "no" }, new { type = "lock", agent = "hello" }, new { type = "clear" }, new { type = "cancel", run_id = "run_1" } })
        {
            await ben.SendAsync(frame);
            Assert.Equal("forbidden", (await ben.HearUntilAsync("error"))[^1].Text("code"));
        }
    }

    [Fact]
    public async Task A_page_of_another_origin_opens_no_room()
    {
        await using var server = await TestServer.StartAsync();

        await using var page = await RoomClient.EnterAsync(server, "lobby", origin: "https://evil.example");

        Assert.Equal(403, page.Status);
        Assert.Equal(404, (int)(await server.Client.GetAsync(new Uri("/chat/lobby/history", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
    }

    [Theory]
    [InlineData("""{"text":" "}""", 422)]
    [InlineData("""{"text":"hi","client_msg_id":[]}""", 422)]
    [InlineData("""{"text":"hi","client_msg_id":""}""", 422)]
    [InlineData("""{"text":"hi","name":"a\nb"}""", 422)]
    [InlineData("{", 400)]
    public async Task What_is_refused_makes_no_room(string json, int status)
    {
        await using var server = await TestServer.StartAsync();

        using var refused = await server.SendAsync(HttpMethod.Post, "/chat/lobby/messages", json: json);

        Assert.Equal(status, (int)refused.StatusCode);
        await server.Client.GetJsonAsync("/chat/lobby/history", expected: 404);
    }

    [Fact]
    public async Task What_was_said_while_no_runner_was_there_is_taken_up_and_a_deleted_room_ends_its_feeds()
    {
        await using var server = await TestServer.StartAsync();
        var said = await server.Client.PostJsonAsync("/chat/lobby/messages", new { text = "@hello are you there" });
        await Eventually.TrueAsync(
            async () => (await server.Client.GetJsonAsync($"/sessions?parent={said.Text("session_id")}")).GetProperty("sessions").GetArrayLength() == 1,
            "the message waits as a run of the agent", TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        await server.StopAsync();
        await server.StartAgainAsync();

        var child = (await server.Client.GetJsonAsync($"/sessions?parent={said.Text("session_id")}")).GetProperty("sessions")[0];
        Assert.Equal(("hello", "pending"), (child.Text("agent_name"), child.Text("status")));
        await using var ann = await RoomClient.EnterAsync(server, "lobby");
        using var deleted = await server.Client.DeleteAsync(new Uri("/sessions/lobby", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.True(deleted.IsSuccessStatusCode);
        while (await ann.HearAsync() is not null) { }
    }
}
