using System.Text.Json;
using AgentOrchestrator.Models;
using AgentOrchestrator.Models.Scripted;
using Microsoft.Extensions.AI;
using Xunit;

namespace AgentOrchestrator.Tests.Models;

public sealed class ScriptedChatClientTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_step_that_fits_answers_in_words_and_counts_no_tokens()
    {
        using var client = Client("""[{"match":"HELLO","reply":"Hello,\nfriend."},{"reply":"You wrote: {prompt}"}]""");

        var updates = await client.GetStreamingResponseAsync(User("oh hello"), cancellationToken: Cancel).ToListAsync(Cancel);

        Assert.Equal(["Hello,\n", "friend.", ""], updates.Select(update => update.Text));
        Assert.Equal(0, updates.ToChatResponse().Usage!.TotalTokenCount);
        Assert.Equal("scripted", updates.ToChatResponse().ModelId);
        Assert.Equal("You wrote: bye", (await client.GetResponseAsync(User("bye"), cancellationToken: Cancel)).Text);
    }

    [Fact]
    public async Task Calls_are_made_in_order_and_their_results_answered_by_then()
    {
        using var client = Client("""[{"reply":"Asking.","calls":[{"name":"start_session","input":{"agent_name":"writer","prompt":"On {prompt}","n":1}}],"then":{"reply":"Asked."}}]""");
        List<ChatMessage> messages = [.. User("rain")];

        var first = await client.GetResponseAsync(messages, cancellationToken: Cancel);
        var call = Assert.Single(first.Messages[^1].Contents.OfType<FunctionCallContent>());
        messages.AddMessages(first);
        messages.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, "ok")]));
        var second = await client.GetResponseAsync(messages, cancellationToken: Cancel);
        messages.AddMessages(second);
        messages.Add(new ChatMessage(ChatRole.User, "snow"));
        var third = await client.GetResponseAsync(messages, cancellationToken: Cancel);

        Assert.Equal(("Asking.", "Asked.", "Asking."), (first.Text, second.Text, third.Text));
        Assert.Equal(("start_session", "On rain"), (call.Name, call.Arguments!["prompt"]));
        Assert.NotEqual(call.CallId, third.Messages[^1].Contents.OfType<FunctionCallContent>().Single().CallId);
    }

    [Fact]
    public async Task Several_texts_can_be_needed_together_and_are_counted_back_while_they_match()
    {
        using var client = Client("""[{"match":"child","all":["one","two"],"reply":"Both: {texts}"},{"match":"child","reply":"Waiting."},{"reply":"Started."}]""");

        Assert.Equal("Started.", await Answer("one two"));
        Assert.Equal("Waiting.", await Answer("hello", "child one"));
        Assert.Equal("Both: child one\n\nchild two", await Answer("hello", "child one", "child two"));
        Assert.Equal("Waiting.", await Answer("child one", "hello", "child two"));
        Assert.Equal("Both: children one and two", await Answer("hello", "children one and two"));

        async Task<string> Answer(params string[] texts) =>
            (await client.GetResponseAsync(texts.Select(text => new ChatMessage(ChatRole.User, text)), cancellationToken: Cancel)).Text;
    }

    [Fact]
    public async Task A_scripted_failure_comes_after_its_text()
    {
        using var client = Client("""[{"match":"fail","reply":"I try.","fail":"Out of {prompt}."}]""");
        var seen = "";

        var failure = await Assert.ThrowsAsync<ModelException>(async () =>
        {
            await foreach (var update in client.GetStreamingResponseAsync(User("fail"), cancellationToken: Cancel)) { seen += update.Text; }
        });

        Assert.Equal(("I try.", "Out of fail."), (seen, failure.Message));
        Assert.Contains("no step", (await Assert.ThrowsAsync<ModelException>(() => client.GetResponseAsync(User("other"), cancellationToken: Cancel))).Message);
    }

    [Fact]
    public async Task A_paced_answer_can_be_stopped_between_two_words()
    {
        using var client = new ScriptedChatClient(ChatScript.Parse(JsonElement.Parse("""{"pace_ms":10000,"steps":[{"reply":"one two"}]}""")), TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var seen = new List<string>();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var update in client.GetStreamingResponseAsync(User("x"), cancellationToken: stop.Token))
            {
                seen.Add(update.Text);
                await stop.CancelAsync();
            }
        });

        Assert.Equal(["one "], seen);
    }

    [Theory]
    [InlineData("1", "script must be an object")]
    [InlineData("{}", "needs steps")]
    [InlineData("[]", "1 to 1000")]
    [InlineData("""{"steps":[{}],"pace_ms":-1}""", "pace_ms")]
    [InlineData("""[{"replay":"x"}]""", "steps[0] has no member 'replay'")]
    [InlineData("""[{"reply":1}]""", "steps[0].reply")]
    [InlineData("""[{"all":"x"}]""", "steps[0].all")]
    [InlineData("""[{"calls":[{"input":{}}]}]""", "steps[0].calls[0] needs a name")]
    [InlineData("""[{"calls":[{"name":"a","input":[]}]}]""", "steps[0].calls[0].input")]
    [InlineData("""[{"then":{"reply":"x"}}]""", "steps[0].then")]
    [InlineData("""[{"calls":[{"name":"a"}],"fail":"x"}]""", "not both")]
    public void A_wrong_script_is_told_where(string script, string reason) =>
        Assert.Contains(reason, Assert.Throws<ModelException>(() => ChatScript.Parse(JsonElement.Parse(script))).Message);

    static ChatMessage[] User(string text) => [new ChatMessage(ChatRole.User, text)];

    static ScriptedChatClient Client(string script) => new(ChatScript.Parse(JsonElement.Parse(script)), TimeProvider.System);
}
