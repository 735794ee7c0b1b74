using System.Net.WebSockets;
using System.Text.Json;

namespace AgentOrchestrator.ServerTests.Rooms;

/// <summary>Two people and three agents in a room: scripted agents, the server's own runner, real WebSockets.</summary>
public sealed class RoomTests : IAsyncLifetime
{
    TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(options => options with { NoRunner = false, Coordinator = options.Coordinator with { HasDemoAgents = false } });
        await AddAsync("assistant", """[{"match":"pass","reply":"Of course.\n@bob please: {prompt}"},{"reply":"I heard: {prompt}"}]""");
        await AddAsync("bob", """[{"reply":"Bob heard: {prompt}"}]""");
        await AddAsync("carol", """[{"reply":"Carol heard: {prompt}"}]""");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Two_people_speak_to_three_agents_as_plain_text()
    {
        await using var ann = await RoomClient.EnterAsync(_server, "test_session", "name=Ann");
        Assert.Equal("Hello, I am assistant. Plays assistant You can also speak to @bob, @carol.", await ann.HearAsync());
        await using var ben = await RoomClient.EnterAsync(_server, "test_session", "name=Ben");

        await ann.SayAsync("good morning");
        Assert.Equal("I heard: good morning", await ann.HearAsync());
        Assert.Equal(["I heard: good morning", "[Ann]: good morning"], await ben.HearAsync(2));

        await ben.SayAsync("@bob and @carol,  look");
        Assert.Equal(["[Ben]: @bob and @carol,  look", "[Bob]: Bob heard: and look", "[Carol]: Carol heard: and look"], await ann.HearAsync(3));
        Assert.Equal(["[Bob]: Bob heard: and look", "[Carol]: Carol heard: and look"], await ben.HearAsync(2));

        await ann.SayAsync("""{"message":"@assistant what does @carol think"}""");
        Assert.Equal("I heard: what does @carol think", await ann.HearAsync());
        Assert.Equal("[Carol]: Carol heard: [assistant]: I heard: what does think", await ann.HearAsync());
        Assert.Equal(3, (await ben.HearAsync(3)).Length);

        await ann.SayAsync("/lock @carol");
        await ann.SayAsync("only you");
        Assert.Equal("[Carol]: Carol heard: only you", await ann.HearAsync());
        await ann.SayAsync("/unlock");
        await ann.SayAsync("you again");
        Assert.Equal("I heard: you again", await ann.HearAsync());
    }

    [Fact]
    public async Task What_an_agent_says_to_an_agent_goes_on_and_people_see_both()
    {
        await using var ann = await RoomClient.EnterAsync(_server, "relay");
        await ann.HearAsync();

        await ann.SayAsync("pass this on");

        Assert.Equal("Of course.\n@bob please: pass this on", await ann.HearAsync());
        Assert.Equal("[Bob]: Bob heard: [assistant]: Of course.\nplease: pass this on", await ann.HearAsync());
    }

    [Fact]
    public async Task An_answer_streams_and_whoever_comes_back_is_told_all_of_it_again_in_the_same_order()
    {
        await using var ann = await RoomClient.EnterAsync(_server, "live", "name=Ann", isJson: true);
        var welcome = JsonElement.Parse((await ann.HearAsync())!);
        Assert.Equal(("welcome", "live", "assistant", "1"), (welcome.Text("type"), welcome.Text("session_name"), welcome.Text("default_agent"), welcome.Text("last_seq")));
        await ann.HearUntilAsync("message");

        await ann.SendAsync(new { type = "message", text = "@bob one two three", client_msg_id = "m1" });
        var frames = await ann.HearUntilAsync(RoutedAndAnswered());
        var run = frames.Single(frame => frame.Text("type") == "routing").GetProperty("routing").GetProperty("targets")[0].Text("run_id");
        Assert.Equal(("2", "m1"), (frames.Single(frame => frame.Text("type") == "ack").Text("seq"), frames.Single(frame => frame.Text("type") == "ack").Text("client_msg_id")));
        Assert.StartsWith(string.Concat(frames.Where(frame => frame.Text("type") == "delta").Select(frame => frame.Text("text"))), "Bob heard: one two three", StringComparison.Ordinal);
        Assert.All(frames.Where(frame => frame.Text("type") is "delta" or "agent.started"), frame => Assert.Equal((run, "bob"), (frame.Text("run_id"), frame.Text("agent"))));
        var answer = frames.Single(frame => frame.Text("type") == "message" && frame.TryGetProperty("agent", out _));
        Assert.Equal((run, "bob", "Bob heard: one two three", "agent:bob", "True"), (answer.Text("run_id"), answer.Text("agent"), answer.Text("text"), answer.Text("actor"), answer.Text("final")));
        var kept = frames.Where(frame => frame.TryGetProperty("seq", out _) && frame.Text("type") != "ack").Select(frame => frame.GetRawText()).ToList();

        await ann.SendAsync(new { type = "message", text = "@bob one two three", client_msg_id = "m1" });
        Assert.Equal("2", (await ann.HearUntilAsync("ack"))[^1].Text("seq"));

        await using var ben = await RoomClient.EnterAsync(_server, "live", "after=1&format=json");
        var replayed = await ben.HearUntilAsync(RoutedAndAnswered());
        Assert.Equal(kept.Select(WithoutClientId), replayed.Skip(1).Select(frame => WithoutClientId(frame.GetRawText())));

        await ben.SendAsync(new { type = "resume", after_seq = 0 });
        var all = await ben.HearUntilAsync(RoutedAndAnswered("bob"));
        Assert.Equal(Enumerable.Range(1, all.Count).Select(seq => $"{seq}"), all.Select(frame => frame.Text("seq")));
        Assert.Equal("the log ends at", (await StatusAsync("live", "after=999"))[..15]);
    }

    [Fact]
    public async Task Agents_that_are_stopped_unknown_or_fail_are_told_of_and_what_names_nobody_else_still_arrives()
    {
        await AddAsync("broken", """[{"fail":"no model today"}]""");
        await _server.Client.PostJsonAsync("/agents/stop", new { name = "carol" });
        await using var ann = await RoomClient.EnterAsync(_server, "notices");
        await ann.HearAsync();

        await ann.SayAsync("@carol @bob hi");
        Assert.Equal(["[Bob]: Bob heard: hi", "⚠️ carol (not running)"], await ann.HearAsync(2));
        await ann.SayAsync("@carol hi");
        Assert.Equal(["⚠️ No agent could take the message.", "⚠️ carol (not running)"], await ann.HearAsync(2));
        await ann.SayAsync("ask ann@bob.example and @nobody");
        Assert.Equal("I heard: ask ann@bob.example and @nobody", await ann.HearAsync());
        await ann.SayAsync("@broken hi");
        Assert.StartsWith("⚠️ broken failed: ", await ann.HearAsync(), StringComparison.Ordinal);
        await ann.SayAsync("@all hi");
        Assert.Equal(["I heard: hi", "[Bob]: Bob heard: hi"], (await ann.HearAsync(3))[..2]);
    }

    [Fact]
    public async Task Two_agents_that_mention_each_other_for_ever_come_to_an_end_that_is_told()
    {
        await AddAsync("ping", """[{"reply":"@pong your turn"}]""");
        await AddAsync("pong", """[{"reply":"@ping your turn"}]""");
        await using var ann = await RoomClient.EnterAsync(_server, "endless", isJson: true);
        await ann.HearUntilAsync("message");

        await ann.SendAsync(new { type = "message", text = "@ping begin" });
        var frames = await ann.HearUntilAsync("notice");

        Assert.Equal(("cycle", "pong (the same two agents have spoken 3 times in the same direction)"), (frames[^1].Text("reason"), frames[^1].Text("text")));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], frames.Where(frame => frame.Text("type") == "routing").Select(frame => frame.GetProperty("routing").GetProperty("hop").GetInt32()));
        Assert.Equal(7, frames.Count(frame => frame.Text("type") == "message" && frame.TryGetProperty("agent", out _)));
    }

    [Fact]
    public async Task A_room_keeps_what_each_agent_was_told_until_it_is_cleared_and_goes_on_after_a_restart()
    {
        var said = await _server.Client.PostJsonAsync("/chat/diary/messages", new { text = "@bob remember", name = "Ann", client_msg_id = "x" });
        var again = await _server.Client.PostJsonAsync("/chat/diary/messages", new { text = "@bob remember", name = "Ann", client_msg_id = "x" });
        Assert.Equal(said.Text("seq"), again.Text("seq"));
        await HistoryAsync("""{"assistant":[{"role":"assistant","content":"Hello, I am assistant. Plays assistant You can also speak to @bob, @carol."}],"bob":[{"role":"user","content":"@bob remember"},{"role":"assistant","content":"Bob heard: remember"}]}""");

        await _server.StopAsync();
        await _server.StartAgainAsync();
        await _server.Client.PostJsonAsync("/chat/diary/clear");
        await HistoryAsync("{}");
        await _server.Client.PostJsonAsync("/chat/diary/messages", new { text = "@bob anew" });
        await HistoryAsync("""{"bob":[{"role":"user","content":"@bob anew"},{"role":"assistant","content":"Bob heard: anew"}]}""");

        var sessions = (await _server.Client.GetJsonAsync($"/sessions?parent={said.Text("session_id")}")).GetProperty("sessions");
        Assert.Equal(2, sessions.GetArrayLength());
        Assert.Equal("room", (await _server.Client.GetJsonAsync("/sessions/diary")).GetProperty("session").Text("kind"));
        Assert.Equal("is_a_room", (await _server.Client.PostJsonAsync("/runs", new { type = "resume_session", session_name = "diary", prompt = "x" }, expected: 409)).Text("code"));
    }

    [Fact]
    public async Task A_run_is_stopped_by_who_reads_along_and_by_its_id_alone()
    {
        await AddAsync("slow", """{"pace_ms":200,"steps":[{"reply":"a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l m n o p q r s t u v w x y z"}]}""");
        await using var ann = await RoomClient.EnterAsync(_server, "cancel", isJson: true);
        await ann.SendAsync(new { type = "message", text = "@slow go" });
        var run = (await ann.HearUntilAsync("delta"))[^1].Text("run_id");

        await ann.SendAsync(new { type = "cancel", run_id = "run_000000000000" });
        await ann.SendAsync(new { type = "cancel", run_id = run });

        var frames = await ann.HearUntilAsync("notice");
        Assert.Equal("not_found", frames.Single(frame => frame.Text("type") == "error").Text("code"));
        Assert.Equal(("stopped", "slow was stopped."), (frames[^1].Text("reason"), frames[^1].Text("text")));
    }

    [Fact]
    public async Task Frames_of_every_wrong_kind_are_refused_and_the_room_goes_on()
    {
        await using var ann = await RoomClient.EnterAsync(_server, "hostile", isJson: true);
        await ann.HearUntilAsync("message");
        foreach (var frame in new[] { "", "x", "[]", "null", "{}", """{"type":"fly"}""", """{"type":"message","text":5}""", """{"type":"lock"}""" })
        {
            await ann.SayAsync(frame);
            Assert.Equal("malformed", (await ann.HearUntilAsync("error"))[^1].Text("code"));
        }

        foreach (var (frame, code) in new[]
        {
            ("""{"type":"message"}""", "validation_failed"), ("""{"type":"message","text":" "}""", "validation_failed"), ("""{"type":"resume","after_seq":-1}""", "validation_failed"),
            ("""{"type":"resume","after_seq":99}""", "cursor_ahead"), ("""{"type":"lock","agent":"../x"}""", "not_found"), ("""{"type":"cancel"}""", "not_found"),
        })
        {
            await ann.SayAsync(frame);
            var error = (await ann.HearUntilAsync("error"))[^1];
            Assert.True(error.Text("code") == code || code == "validation_failed", $"{frame}: {error}");
        }

        await ann.SendAsync(new { type = "ping" });
        await ann.HearUntilAsync("pong");
        await ann.SendBytesAsync([1, 2, 3], WebSocketMessageType.Binary);
        Assert.Null(await ann.HearAsync());
        Assert.Equal(WebSocketCloseStatus.InvalidMessageType, ann.Closed);
    }

    [Theory]
    [InlineData("..%2f..", 422)]
    [InlineData("a%20b", 422)]
    [InlineData("plain", 409)]
    public async Task A_name_that_cannot_be_a_room_opens_none(string name, int status)
    {
        await _server.Client.PostJsonAsync("/sessions", new { session_id = "plain", session_name = "plain" });

        await using var ann = await RoomClient.EnterAsync(_server, name);

        Assert.Equal(status, ann.Status);
    }

    /// <summary>A quick agent answers before the log says that it was asked.</summary>
    static Func<JsonElement, bool> RoutedAndAnswered(string agent = "bob")
    {
        var (isRouted, isAnswered) = (false, false);
        return frame =>
        {
            isRouted |= frame.Text("type") == "routing";
            isAnswered |= frame.Text("type") == "message" && frame.Text("sender") == agent;
            return isRouted && isAnswered;
        };
    }

    static string WithoutClientId(string frame) => frame.Replace(",\"client_msg_id\":\"m1\"", "", StringComparison.Ordinal);

    async Task<string> StatusAsync(string room, string query)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/ws/{room}?{query}")
        {
            Headers = { { "Connection", "Upgrade" }, { "Upgrade", "websocket" }, { "Sec-WebSocket-Version", "13" }, { "Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==" } },
        };
        using var answer = await _server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Text("detail");
    }

    Task<JsonElement> AddAsync(string name, string script) => _server.Client.PostJsonAsync(
        "/agents",
        new { name, description = $"Plays {name}", executor = "chat", provider = "scripted", script = JsonElement.Parse(script) },
        expected: 201);

    Task HistoryAsync(string agents) => Eventually.TrueAsync(
        async () => (await _server.Client.GetJsonAsync("/chat/diary/history")).GetProperty("agents").GetRawText() == agents,
        agents, TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
}
