using AgentOrchestrator.Agents;
using Microsoft.Extensions.AI;
using Xunit;
using static AgentOrchestrator.Tests.Library.FakeModel;

namespace AgentOrchestrator.Tests.Library;

public sealed class AgentLoopTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_calls_tools_until_the_model_has_answered_and_counts_cached_tokens_apart()
    {
        var model = new FakeModel(
            Says(new TextContent("Let me see."), Call("c1", "add", ("a", 2), ("b", 3)), Usage(input: 100, cached: 60, output: 10)),
            Says(new TextContent("It is 5."), Usage(input: 120, cached: 80, output: 5)));
        var options = new LoopOptions { Instructions = "Be exact.", Tools = [Add()], Price = new TokenPrice(Input: 1, Output: 10, CachedInput: 0.1m) };

        var updates = await RunAsync(model, options);

        string[] expected = ["Text", "Said", "Calling", "Called", "Text", "Said", "Ended"];
        Assert.Equal(expected, updates.Select(update => update.GetType().Name));
        var end = EndOf(updates);
        Assert.Equal((EndReason.Answered, "It is 5.", null), (end.Reason, end.Text, end.Error));
        Assert.Equal([ChatRole.Assistant, ChatRole.Tool, ChatRole.Assistant], end.Messages.Select(message => message.Role));
        Assert.Equal("5", ResultsOf(end)["c1"]);
        var usage = end.Usage;
        Assert.Equal((80, 140, 15, 2, "m1"), (usage.InputTokens, usage.CachedInputTokens, usage.OutputTokens, usage.Turns, usage.Model));
        Assert.Equal(0.000244m, usage.Cost);
        Assert.Equal(("Be exact.", "add"), (model.Asked[1].Options!.Instructions, model.Asked[1].Options!.Tools!.Single().Name));
        Assert.Equal(3, model.Asked[1].Messages.Count);
    }

    [Fact]
    public async Task Calls_of_one_answer_run_side_by_side_and_their_results_keep_the_order_of_the_calls()
    {
        var second = new TaskCompletionSource();
        AIFunction[] tools =
        [
            AIFunctionFactory.Create(async () => { await second.Task; return "first"; }, "one"),
            AIFunctionFactory.Create(() => { second.SetResult(); return "second"; }, "two"),
        ];
        var model = new FakeModel(Says(Call("c1", "one"), Call("c2", "two")), Says("Done."));

        var end = EndOf(await RunAsync(model, new LoopOptions { Tools = tools }));

        Assert.Equal([("c1", "first"), ("c2", "second")], ResultsOf(end).Select(result => (result.Key, result.Value)));
    }

    [Fact]
    public async Task What_is_wrong_with_a_call_is_told_to_the_model_in_words()
    {
        var unreadable = Call("c4", "add");
        unreadable.Exception = new FormatException("no JSON");
        var model = new FakeModel(
            Says(Call("c1", "sub"), Call("c2", "add", ("a", 1)), Call("c3", "add", ("a", 1), ("b", true)), unreadable, Call("c5", "fail")),
            Says("Sorry."));
        AIFunction[] tools = [Add(), AIFunctionFactory.Create(string () => throw new InvalidOperationException("It is broken."), "fail")];

        var end = EndOf(await RunAsync(model, new LoopOptions { Tools = tools }));

        var results = ResultsOf(end);
        Assert.Equal("There is no tool 'sub'; there is: add, fail.", results["c1"]);
        Assert.Equal("The arguments of 'add' are wrong: 'b' is required.", results["c2"]);
        Assert.Equal("The arguments of 'add' are wrong: 'b' must be an integer, not a boolean.", results["c3"]);
        Assert.Equal("The arguments of 'add' cannot be read: no JSON", results["c4"]);
        Assert.Equal("The tool 'fail' failed: It is broken.", results["c5"]);
        Assert.Equal("Sorry.", end.Text);
    }

    [Fact]
    public async Task A_tool_that_does_not_answer_is_given_up_also_when_it_does_not_listen()
    {
        var deaf = AIFunctionFactory.Create(() => new TaskCompletionSource<string>().Task, "deaf");
        var model = new FakeModel(Says(Call("c1", "deaf")), Says("Too bad."));
        var options = new LoopOptions { Tools = [deaf], Time = new HastyTime(), Limits = new LoopLimits { ToolTime = TimeSpan.FromSeconds(5) } };

        var end = EndOf(await RunAsync(model, options));

        Assert.Equal("The tool 'deaf' did not answer within 5 s.", ResultsOf(end)["c1"]);
        Assert.Equal("Too bad.", end.Text);
    }

    [Fact]
    public async Task Bounds_end_a_run_and_say_which()
    {
        var price = new TokenPrice(Input: 1_000, Output: 0);
        Assert.Contains("2 times", (await LimitAsync(new LoopLimits { MaxTurns = 2 })).Error);
        Assert.Contains("200 tokens of 150", (await LimitAsync(new LoopLimits { MaxTokens = 150 })).Error);
        Assert.Contains("cost 0.1 of 0.05", (await LimitAsync(new LoopLimits { MaxCost = 0.05m }, price)).Error);

        async Task<AgentEnd> LimitAsync(LoopLimits limits, TokenPrice? price = null)
        {
            var model = new FakeModel([.. Enumerable.Range(0, 9).Select(turn => Says(Call($"c{turn}", "add", ("a", 1), ("b", 1)), Usage(100, 0, 0)))]);
            var end = EndOf(await RunAsync(model, new LoopOptions { Tools = [Add()], Limits = limits, Price = price }));
            Assert.Equal(EndReason.Limit, end.Reason);
            Assert.Equal(ResultsOf(end).Count, model.Asked.Count);
            return end;
        }
    }

    [Fact]
    public async Task A_model_that_hangs_is_cut_off_by_the_bound_on_the_time()
    {
        var options = new LoopOptions { Limits = new LoopLimits { MaxTime = TimeSpan.FromMilliseconds(300) } };

        var end = EndOf(await RunAsync(new FakeModel(Hangs("Well")), options));

        Assert.Equal(EndReason.Limit, end.Reason);
        Assert.Contains("longer than 0.3 s", end.Error);
    }

    [Fact]
    public async Task The_gate_refuses_a_call_and_the_model_is_told_why()
    {
        var calls = 0;
        var tool = AIFunctionFactory.Create(() => ++calls, "pay");
        var model = new FakeModel(Says(Call("c1", "pay")), Says("I may not."));

        var end = EndOf(await RunAsync(model, new LoopOptions { Tools = [tool], Gate = new Refusing() }));

        Assert.Equal(("No money is spent here: pay {}", 0), (ResultsOf(end)["c1"], calls));
    }

    [Fact]
    public async Task A_cancelled_run_ends_with_a_result_for_every_call()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var hanging = AIFunctionFactory.Create(async (CancellationToken cancel) => await Task.Delay(Timeout.Infinite, cancel), "hang");
        var quick = AIFunctionFactory.Create(() => "quick", "quick");
        var model = new FakeModel(Says(Call("c1", "quick"), Call("c2", "hang"), Call("c3", "quick")));
        var options = new LoopOptions { Tools = [hanging, quick], Limits = new LoopLimits { ParallelTools = 1 } };

        var updates = new List<AgentUpdate>();
        await foreach (var update in new AgentLoop(model, options).RunAsync([Question], stop.Token))
        {
            updates.Add(update);
            if (update is AgentUpdate.Calling { Call.Name: "hang" }) { stop.CancelAfter(TimeSpan.FromMilliseconds(20)); }
        }

        var end = EndOf(updates);
        Assert.Equal((EndReason.Stopped, 1), (end.Reason, updates.OfType<AgentUpdate.Called>().Count()));
        var results = ResultsOf(end);
        Assert.Equal("quick", results["c1"]);
        Assert.All(["c2", "c3"], call => Assert.Contains("not known", results[call]));
    }

    [Fact]
    public async Task What_a_cancelled_call_had_said_is_kept()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var updates = new List<AgentUpdate>();
        await foreach (var update in new AgentLoop(new FakeModel(Hangs("Half a"))).RunAsync([Question], stop.Token))
        {
            updates.Add(update);
            if (update is AgentUpdate.Text) { await stop.CancelAsync(); }
        }

        Assert.False(updates.OfType<AgentUpdate.Said>().Single().IsWhole);
        var end = EndOf(updates);
        Assert.Equal((EndReason.Stopped, "Half a", "Half a"), (end.Reason, end.Text, end.Messages.Single().Text));
    }

    [Fact]
    public async Task Who_stops_listening_ends_the_calls()
    {
        var ended = new TaskCompletionSource();
        var hanging = AIFunctionFactory.Create(
            async (CancellationToken cancel) =>
            {
                try
                {
                    await Task.Delay(Timeout.Infinite, cancel);
                }
                finally
                {
                    ended.SetResult();
                }
            },
            "hang");
        var model = new FakeModel(Says(Call("c1", "hang"), Call("c2", "nothing")));

        await foreach (var update in new AgentLoop(model, new LoopOptions { Tools = [hanging] }).RunAsync([Question], Cancel))
        {
            if (update is AgentUpdate.Called) { break; }
        }

        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }

    static ChatMessage Question { get; } = new(ChatRole.User, "What is 2 + 3?");

    static AIFunction Add() => AIFunctionFactory.Create((int a, int b) => a + b, "add");

    static UsageContent Usage(int input, int cached, int output) =>
        new(new UsageDetails { InputTokenCount = input, CachedInputTokenCount = cached, OutputTokenCount = output });

    static Task<List<AgentUpdate>> RunAsync(FakeModel model, LoopOptions? options = null) =>
        new AgentLoop(model, options).RunAsync([Question], Cancel).ToListAsync(Cancel).AsTask();

    static AgentEnd EndOf(List<AgentUpdate> updates) => Assert.IsType<AgentUpdate.Ended>(updates[^1]).End;

    static Dictionary<string, string> ResultsOf(AgentEnd end) => end.Messages.SelectMany(message => message.Contents)
        .OfType<FunctionResultContent>().ToDictionary(result => result.CallId, result => (string)result.Result!);

    sealed class Refusing : IToolGate
    {
        public ValueTask<ToolVerdict> AskAsync(ToolCall call, CancellationToken cancellationToken) =>
            new(ToolVerdict.Deny($"No money is spent here: {call.Name} {call.Input}"));
    }
}
