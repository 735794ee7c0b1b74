using AgentOrchestrator.Agents;
using Microsoft.Extensions.AI;
using Xunit;
using static AgentOrchestrator.Tests.Library.FakeModel;

namespace AgentOrchestrator.Tests.Library;

public sealed class RunJournalTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_that_is_begun_again_repeats_no_call_and_loses_no_result()
    {
        var journal = new InMemoryJournal();
        var count = 0;
        var tool = AIFunctionFactory.Create(() => ++count, "count");
        var broken = await RunAsync(new FakeModel(Says(Call("c1", "count")), Throws(new InvalidDataException("torn"))), tool, journal);

        var model = new FakeModel(Says("It is 1."));
        var end = await RunAsync(model, tool, journal);

        Assert.Equal((EndReason.Failed, "fake failed: torn"), (broken.Reason, broken.Error));
        Assert.Equal((EndReason.Answered, "It is 1.", 1), (end.Reason, end.Text, count));
        Assert.Equal("1", Assert.IsType<FunctionResultContent>(model.Asked.Single().Messages[^1].Contents.Single()).Result);
    }

    [Theory]
    [InlineData(false, 1, "how it ended is not known")]
    [InlineData(true, 2, "2")]
    public async Task A_call_without_a_known_end_is_made_again_only_when_that_does_no_harm(bool isIdempotent, int calls, string result)
    {
        var journal = new InMemoryJournal();
        var count = 0;
        var tool = AIFunctionFactory.Create(
            () => ++count,
            new AIFunctionFactoryOptions { Name = "count", AdditionalProperties = new Dictionary<string, object?> { [ToolFlags.Idempotent] = isIdempotent } });
        await Assert.ThrowsAsync<IOException>(() => RunAsync(new FakeModel(Says(Call("c1", "count"))), tool, new LosingResults(journal)));

        var model = new FakeModel(Says("Well."));
        await RunAsync(model, tool, journal);

        Assert.Equal(calls, count);
        Assert.Contains(result, (string)Assert.IsType<FunctionResultContent>(model.Asked.Single().Messages[^1].Contents.Single()).Result!);
    }

    static async Task<AgentEnd> RunAsync(FakeModel model, AIFunction tool, IRunJournal journal)
    {
        var loop = new AgentLoop(model, new LoopOptions { Tools = [tool], Journal = () => journal });
        var updates = await loop.RunAsync([new ChatMessage(ChatRole.User, "Count.")], Cancel).ToListAsync(Cancel);
        return ((AgentUpdate.Ended)updates[^1]).End;
    }

    /// <summary>Crashes between a tool's end and its record.</summary>
    sealed class LosingResults(IRunJournal inner) : IRunJournal
    {
        public ValueTask<ChatResponse?> BeginModelCallAsync(int turn, CancellationToken cancellationToken) =>
            inner.BeginModelCallAsync(turn, cancellationToken);

        public ValueTask EndModelCallAsync(int turn, ChatResponse answer, CancellationToken cancellationToken) =>
            inner.EndModelCallAsync(turn, answer, cancellationToken);

        public ValueTask<ToolRecord?> FindToolCallAsync(ToolCall call, CancellationToken cancellationToken) =>
            inner.FindToolCallAsync(call, cancellationToken);

        public ValueTask BeginToolCallAsync(ToolCall call, CancellationToken cancellationToken) => inner.BeginToolCallAsync(call, cancellationToken);

        public ValueTask EndToolCallAsync(ToolCall call, ToolAnswer answer, CancellationToken cancellationToken) => throw new IOException("lost");
    }
}
