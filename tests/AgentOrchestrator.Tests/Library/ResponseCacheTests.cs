using AgentOrchestrator.Agents;
using AgentOrchestrator.Models;
using Microsoft.Extensions.AI;
using Xunit;
using static AgentOrchestrator.Tests.Library.FakeModel;

namespace AgentOrchestrator.Tests.Library;

public sealed class ResponseCacheTests
{
    static readonly AIFunction s_look = Tool("look", isHarmless: true);
    static readonly AIFunction s_pay = Tool("pay", isHarmless: false);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_question_is_answered_without_the_model_and_without_tokens()
    {
        var model = new FakeModel(Says(new TextContent("one"), new UsageContent(new UsageDetails { InputTokenCount = 5, OutputTokenCount = 2 })));
        using var cached = new ResponseCache().Wrap(model);

        Assert.Equal((5, 2, "one"), Told(await AskAsync(cached, "q")));
        Assert.Equal((0, 0, "one"), Told(await AskAsync(cached, "q")));
        var whole = await cached.GetResponseAsync("q", cancellationToken: Cancel);
        Assert.Equal(("one", true), (whole.Text, whole.AdditionalProperties?["cached"]));
        Assert.Single(model.Asked);
    }

    [Fact]
    public async Task Whatever_matters_makes_another_question()
    {
        (string Text, ChatOptions? Options)[] questions =
        [
            ("q", null), ("Q", null), ("q", new ChatOptions { Temperature = 0.5f }), ("q", new ChatOptions { Instructions = "be brief" }),
            ("q", new ChatOptions { ModelId = "other" }), ("q", new ChatOptions { Tools = [s_look] }), ("q", new ChatOptions { Tools = [s_pay] }),
            ("q", new ChatOptions { MaxOutputTokens = 5 }), ("q", new ChatOptions { AdditionalProperties = new() { ["x"] = "y" } }),
        ];
        var model = new FakeModel([.. questions.Select((_, index) => Says($"{index}"))]);
        var cache = new ResponseCache();
        using var cached = cache.Wrap(model);

        foreach (var turn in (int[])[1, 2])
        {
            foreach (var (index, (text, options)) in questions.Index()) { Assert.Equal($"{index}", (await AskAsync(cached, text, options)).Text); }
        }

        Assert.Equal((questions.Length, questions.Length), (model.Asked.Count, cache.Count));
    }

    [Fact]
    public async Task Two_clients_share_no_answers()
    {
        var cache = new ResponseCache();
        using var one = cache.Wrap(new FakeModel(Says("one")));
        using var two = cache.Wrap(new FakeModel(Says("two")));

        Assert.Equal(("one", "two"), ((await AskAsync(one, "q")).Text, (await AskAsync(two, "q")).Text));
    }

    [Theory]
    [InlineData("look", 1)]
    [InlineData("pay", 0)]
    [InlineData("gone", 0)]
    public async Task An_answer_with_calls_is_kept_only_when_its_tools_are_harmless(string name, int kept)
    {
        var cache = new ResponseCache();
        using var cached = cache.Wrap(new FakeModel(Says(Call("c1", name))));

        await AskAsync(cached, "q", new ChatOptions { Tools = [s_look, s_pay] });

        Assert.Equal(kept, cache.Count);
    }

    [Fact]
    public async Task One_call_that_is_not_harmless_keeps_the_whole_answer_out()
    {
        var cache = new ResponseCache();
        using var cached = cache.Wrap(new FakeModel(Says(Call("c1", "look"), Call("c2", "pay"))));

        await AskAsync(cached, "q", new ChatOptions { Tools = [s_look, s_pay] });

        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public async Task A_talk_with_calls_is_the_same_whatever_the_provider_names_them()
    {
        var model = new FakeModel(Says("one"), Says("other"));
        using var cached = new ResponseCache().Wrap(model);

        Assert.Equal("one", (await cached.GetResponseAsync(Talk("call_a", "42"), cancellationToken: Cancel)).Text);
        Assert.Equal("one", (await cached.GetResponseAsync(Talk("call_b", "42"), cancellationToken: Cancel)).Text);
        Assert.Equal("other", (await cached.GetResponseAsync(Talk("call_b", "43"), cancellationToken: Cancel)).Text);
    }

    [Fact]
    public async Task What_is_not_whole_is_not_kept()
    {
        var cache = new ResponseCache();
        using var cached = cache.Wrap(new FakeModel(
            _ => new[] { new ChatResponseUpdate(ChatRole.Assistant, "cut") { FinishReason = ChatFinishReason.Length } }.ToAsyncEnumerable(),
            Throws(new IOException("broke")),
            Says(new DataContent("data:image/png;base64,AAAA")),
            Says("of a talk that the provider keeps")));

        await AskAsync(cached, "q");
        await Assert.ThrowsAsync<IOException>(() => AskAsync(cached, "q"));
        await AskAsync(cached, "q");
        await AskAsync(cached, "q", new ChatOptions { ConversationId = "c" });

        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public async Task Answers_go_when_they_are_old_too_many_or_too_large()
    {
        var time = new ManualTime();
        var model = new FakeModel([.. Enumerable.Range(0, 9).Select(index => Says($"{index}"))]);
        var cache = new ResponseCache { MaxEntries = 2, MaxAge = TimeSpan.FromMinutes(1), Time = time };
        using var cached = cache.Wrap(model);

        Assert.Equal("0", (await AskAsync(cached, "a")).Text);
        Assert.Equal("1", (await AskAsync(cached, "b")).Text);
        Assert.Equal("0", (await AskAsync(cached, "a")).Text);
        Assert.Equal("2", (await AskAsync(cached, "c")).Text);
        Assert.Equal("0", (await AskAsync(cached, "a")).Text);
        Assert.Equal("3", (await AskAsync(cached, "b")).Text);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("4", (await AskAsync(cached, "b")).Text);
        cache.Clear();
        Assert.Equal("5", (await AskAsync(cached, "b")).Text);

        var small = new ResponseCache { MaxBytes = 10 };
        using var large = small.Wrap(new FakeModel(Says("more than that")));
        await AskAsync(large, "a");
        Assert.Equal(0, small.Count);
    }

    [Fact]
    public async Task Who_changes_an_answer_changes_no_other()
    {
        using var cached = new ResponseCache().Wrap(new FakeModel(Says("one")));
        (await AskAsync(cached, "q")).Messages.Clear();
        (await AskAsync(cached, "q")).Messages[0].Contents.Clear();

        Assert.Equal("one", (await AskAsync(cached, "q")).Text);
    }

    static IEnumerable<ChatMessage> Talk(string id, string result) =>
    [
        new(ChatRole.User, "q"),
        new(ChatRole.Assistant, [new FunctionCallContent(id, "look", new Dictionary<string, object?> { ["at"] = 1 })]),
        new(ChatRole.Tool, [new FunctionResultContent(id, result)]),
    ];

    static Task<ChatResponse> AskAsync(IChatClient model, string text, ChatOptions? options = null) =>
        model.GetStreamingResponseAsync(text, options, Cancel).ToChatResponseAsync(Cancel);

    static (long?, long?, string) Told(ChatResponse answer) => (answer.Usage?.InputTokenCount, answer.Usage?.OutputTokenCount, answer.Text);

    static AIFunction Tool(string name, bool isHarmless) => AIFunctionFactory.Create(() => 1, new AIFunctionFactoryOptions
    {
        Name = name,
        AdditionalProperties = new Dictionary<string, object?> { [ToolFlags.Harmless] = isHarmless },
    });

    sealed class ManualTime : TimeProvider
    {
        long _now;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan by) => _now += (long)(by.TotalSeconds * TimestampFrequency);
    }
}
