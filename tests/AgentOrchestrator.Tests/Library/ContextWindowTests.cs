using AgentOrchestrator.Agents;
using Microsoft.Extensions.AI;
using Xunit;
using static AgentOrchestrator.Tests.Library.FakeModel;

namespace AgentOrchestrator.Tests.Library;

public sealed class ContextWindowTests
{
    static readonly string s_long = new('x', 400);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_conversation_within_the_bound_stays_as_it_is() =>
        Assert.Null(await ContextWindow.DropOldest(1_000).FitAsync([User("hello")], Cancel));

    [Fact]
    public async Task The_oldest_go_and_what_is_left_begins_with_a_question()
    {
        ChatMessage[] messages = [User("1" + s_long), Assistant("2" + s_long), User("3" + s_long), Assistant("4" + s_long), User("5")];

        var change = await ContextWindow.DropOldest(320).FitAsync(messages, Cancel);

        Assert.Equal(["3", "4", "5"], change!.Messages.Select(message => message.Text[..1]));
        Assert.Equal((2, null), (change.Dropped, change.Summary));
    }

    [Fact]
    public async Task The_newest_question_stays_and_calls_stay_with_their_results()
    {
        ChatMessage[] messages =
        [
            User("do it"),
            new(ChatRole.Assistant, [Call("c1", "a")]), new(ChatRole.Tool, [new FunctionResultContent("c1", s_long)]),
            new(ChatRole.Assistant, [Call("c2", "b")]), new(ChatRole.Tool, [new FunctionResultContent("c2", s_long)]),
        ];

        var change = await ContextWindow.DropOldest(150).FitAsync(messages, Cancel);

        Assert.Equal([messages[0], messages[3], messages[4]], change!.Messages);
    }

    [Fact]
    public async Task A_summary_takes_the_place_of_what_goes_and_the_run_says_so()
    {
        var model = new FakeModel(Says("They talked about x."), Says("Fine."));
        var loop = new AgentLoop(model, new LoopOptions { Context = ContextWindow.Summarise(150, model) });

        var updates = await loop.RunAsync([User("1" + s_long), Assistant("2" + s_long), User("And now?")], Cancel).ToListAsync(Cancel);

        var change = Assert.IsType<AgentUpdate.Shortened>(updates[0]).Change;
        Assert.Equal((2, "They talked about x."), (change.Dropped, change.Summary));
        Assert.Equal(["Summary of the conversation so far:\nThey talked about x.", "And now?"], model.Asked[1].Messages.Select(message => message.Text));
    }

    [Fact]
    public async Task Without_a_summary_the_oldest_go_all_the_same()
    {
        var model = new FakeModel(Throws(new IOException("away")), Says("Fine."));
        var loop = new AgentLoop(model, new LoopOptions { Context = ContextWindow.Summarise(150, model) });

        var updates = await loop.RunAsync([User("1" + s_long), Assistant("2" + s_long), User("And now?")], Cancel).ToListAsync(Cancel);

        Assert.Null(Assert.IsType<AgentUpdate.Shortened>(updates[0]).Change.Summary);
        Assert.Equal(["And now?"], model.Asked[1].Messages.Select(message => message.Text));
    }

    static ChatMessage User(string text) => new(ChatRole.User, text);

    static ChatMessage Assistant(string text) => new(ChatRole.Assistant, text);
}
