using System.Net;
using AgentOrchestrator.Agents;
using AgentOrchestrator.Models;
using Microsoft.Extensions.AI;
using Xunit;
using static AgentOrchestrator.Tests.Library.FakeModel;

namespace AgentOrchestrator.Tests.Library;

public sealed class RetryTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_rate_limit_is_waited_out_for_as_long_as_the_provider_asks_and_the_wait_is_seen()
    {
        var limited = new ModelException("fake answered 429: slow down", 429) { Failure = ModelFailure.RateLimited, RetryAfter = TimeSpan.FromSeconds(7) };

        var updates = await RunAsync(new FakeModel(Throws(limited), Says("Here.")));

        Assert.Equal(new AgentUpdate.Waiting(1, TimeSpan.FromSeconds(7), limited), updates[0]);
        Assert.Equal((EndReason.Answered, "Here."), (EndOf(updates).Reason, EndOf(updates).Text));
    }

    [Fact]
    public async Task Waits_double_and_come_to_an_end()
    {
        var down = new HttpRequestException("down", null, HttpStatusCode.ServiceUnavailable);

        var updates = await RunAsync(new FakeModel([.. Enumerable.Repeat(Throws(down), 5)]));

        var waits = updates.OfType<AgentUpdate.Waiting>().Select(wait => wait.Wait.TotalSeconds).ToList();
        Assert.Equal(4, waits.Count);
        Assert.All(waits.Index(), wait => Assert.InRange(wait.Item, 0.75 * Math.Pow(2, wait.Index), Math.Pow(2, wait.Index)));
        Assert.Equal((EndReason.Failed, ModelFailure.Transient, 503), (EndOf(updates).Reason, EndOf(updates).Failure!.Failure, EndOf(updates).Failure!.Status));
    }

    [Theory]
    [InlineData(ModelFailure.Quota, null)]
    [InlineData(ModelFailure.Fatal, null)]
    [InlineData(ModelFailure.RateLimited, 3_600)]
    public async Task What_does_not_pass_soon_is_not_waited_for(ModelFailure failure, int? retryAfter)
    {
        var refusal = new ModelException("no", 400)
        {
            Failure = failure,
            RetryAfter = retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };

        var updates = await RunAsync(new FakeModel(Throws(refusal)));

        Assert.Same(refusal, EndOf(Assert.Single(updates)).Failure);
    }

    [Fact]
    public async Task What_was_shown_is_not_said_again()
    {
        var updates = await RunAsync(new FakeModel(_ => BreakAsync()));

        Assert.Equal(["Text", "Said", "Ended"], updates.Select(update => update.GetType().Name));
        Assert.Equal("fake cannot be reached or broke off: gone", EndOf(updates).Error);
        Assert.Equal("Half", EndOf(updates).Text);
    }

    static async IAsyncEnumerable<ChatResponseUpdate> BreakAsync()
    {
        yield return new ChatResponseUpdate(ChatRole.Assistant, "Half");
        await Task.Yield();
        throw new IOException("gone");
    }

    static Task<List<AgentUpdate>> RunAsync(FakeModel model) => new AgentLoop(model, new LoopOptions { Time = new HastyTime() })
        .RunAsync([new ChatMessage(ChatRole.User, "Hello?")], Cancel).ToListAsync(Cancel).AsTask();

    static AgentEnd EndOf(List<AgentUpdate> updates) => EndOf(updates[^1]);

    static AgentEnd EndOf(AgentUpdate update) => Assert.IsType<AgentUpdate.Ended>(update).End;
}
