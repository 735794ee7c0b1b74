using System.Text;
using AgentOrchestrator.Agents;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Runner.Executors;
using AgentOrchestrator.Runner.Executors.Chat;
using AgentOrchestrator.Tests.Runner.ClaudeCode;
using Microsoft.Extensions.AI;
using Xunit;
using static AgentOrchestrator.Tests.Runner.Chat.ChatBench;

namespace AgentOrchestrator.Tests.Runner.Chat;

/// <summary>What a run that was killed finds in its journal.</summary>
public sealed class ChatJournalTests : IAsyncLifetime
{
    const string Talk = """
        [{"reply":"First.","calls":[{"name":"count"},{"name":"count"}],
          "then":{"reply":"Second.","calls":[{"name":"count"},{"name":"count"}],"then":{"reply":"Done."}}}]
        """;

    ChatBench _bench = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _bench = await ChatBench.StartAsync(Cancel);

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Wherever_a_run_is_killed_no_call_is_made_again_and_no_result_is_lost()
    {
        var whole = await ExecuteAsync([]);
        var lines = whole.Journal.Select((b, i) => (b, i)).Where(at => at.b == (byte)'\n').Select(at => at.i + 1).ToList();
        // Three answers and four calls, each before and after.
        Assert.Equal(14, lines.Count);

        // After each line, and in the middle of the next.
        foreach (var cut in lines.Prepend(0).SelectMany(end => (int[])[end, Math.Min(end + 5, whole.Journal.Length)]))
        {
            var kept = Encoding.UTF8.GetString(whole.Journal.AsSpan(0, cut));
            var begun = Lines(kept).Count(line => line.Contains("\"call\"", StringComparison.Ordinal) && !line.Contains("\"result\"", StringComparison.Ordinal));
            var ended = Lines(kept).Count(line => line.Contains("\"result\"", StringComparison.Ordinal));

            var again = await ExecuteAsync(whole.Journal.AsSpan(0, cut).ToArray());

            Assert.Equal("Done.", Assert.IsType<RunOutcome.Completed>(again.Outcome).Text);
            Assert.Equal(4 - begun, again.Calls);
            var results = again.Output.Events.Where(entry => entry.Type == EventTypes.PostTool).Select(entry => entry.Fields).ToList();
            Assert.Equal(4, results.Count);
            Assert.Equal(Enumerable.Range(1, ended), results.Take(ended).Select(result => result.ToolOutput!.Value.GetInt32()));
            Assert.Equal(begun - ended, results.Count(result => result.Error?.Contains("how it ended is not known", StringComparison.Ordinal) is true));
        }
    }

    [Fact]
    public async Task What_was_used_before_a_kill_counts()
    {
        var agent = Agent("openai") with { Model = "m1", MaxTokens = 2_000 };
        var first = _bench.Context(agent with { MaxTurns = 2 }, "[[usage:500,60]][[tool:none {}]][[tool:none {}]][[tool:none {}]][[tool:none {}]][[tool:none {}]][[tool:none {}]]");
        await new ChatExecutor().ExecuteAsync(first, Cancel);
        var second = _bench.Context(agent, first.Run.Prompt);
        File.Copy(Path.Combine(first.ScratchDirectory, "talk.jsonl"), Path.Combine(second.ScratchDirectory, "talk.jsonl"));
        var before = _bench.Models.Requests.Count;

        var failed = Assert.IsType<RunOutcome.Failed>(await new ChatExecutor().ExecuteAsync(second, Cancel));

        // Four calls of 560 tokens are more than 2,000; two of them were made before.
        Assert.Equal(("limit", 4, 2), (failed.Reason, failed.Usage!.Turns, _bench.Models.Requests.Count - before));
    }

    [Fact]
    public async Task An_idempotent_tool_is_called_again_when_its_end_is_not_known()
    {
        var whole = await ExecuteAsync([]);
        var begun = string.Join('\n', Lines(Encoding.UTF8.GetString(whole.Journal)).Take(3)) + "\n";
        Assert.EndsWith("{\"call\":\"0/0\"}\n", begun);

        var again = await ExecuteAsync(Encoding.UTF8.GetBytes(begun), isIdempotent: true);

        Assert.Equal(4, again.Calls);
        Assert.DoesNotContain(again.Output.Events, entry => entry.Fields.Error is not null);
    }

    [Theory]
    [InlineData('x')]
    [InlineData('ж')]
    public async Task A_journal_grows_by_what_is_new_and_not_by_the_conversation(char letter)
    {
        // 200,000 tokens of about four letters, half of them the model's and half the tools'.
        const int Calls = 1_000, Letters = 400;
        using var journal = ChatJournal.Open(_bench.NewScratch());
        var text = new string(letter, Letters);
        for (var turn = 0; turn < Calls; turn++)
        {
            var call = new FunctionCallContent($"call_{turn}", "read", new Dictionary<string, object?> { ["path"] = "notes.md" });
            var answer = new ChatResponse(new ChatMessage(ChatRole.Assistant, [new TextContent(text), call]))
            {
                ModelId = "gpt-4o",
                ResponseId = $"chatcmpl-{turn}",
                FinishReason = ChatFinishReason.ToolCalls,
                Usage = new UsageDetails { InputTokenCount = 100_000, OutputTokenCount = 100, TotalTokenCount = 100_100 },
            };
            await journal.BeginModelCallAsync(turn, Cancel);
            await journal.EndModelCallAsync(turn, answer, Cancel);
            var use = new ToolCall(turn, 0, call.CallId, call.Name, default);
            await journal.BeginToolCallAsync(use, Cancel);
            await journal.EndToolCallAsync(use, new ToolAnswer(System.Text.Json.JsonSerializer.SerializeToElement(text), null), Cancel);
        }

        var raw = 2L * Calls * Encoding.UTF8.GetByteCount(text);
        Assert.InRange(journal.Length, raw, 3 * raw);
    }

    static string[] Lines(string journal) => journal[..(journal.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Goes through the talk over what an earlier life left, with a tool that counts on from there.</summary>
    async Task<Execution> ExecuteAsync(byte[] journal, bool isIdempotent = false)
    {
        var output = new RecordedOutput();
        var context = _bench.Context(Scripted(Talk), "go") with { Output = output };
        var file = Path.Combine(context.ScratchDirectory, "talk.jsonl");
        await File.WriteAllBytesAsync(file, journal, Cancel);
        var calls = 0;
        var before = Lines(Encoding.UTF8.GetString(journal)).Count(line => line.Contains("\"result\"", StringComparison.Ordinal));
        var tool = AIFunctionFactory.Create(
            () => before + ++calls,
            new AIFunctionFactoryOptions { Name = "count", AdditionalProperties = new Dictionary<string, object?> { [ToolFlags.Idempotent] = isIdempotent } });
        var outcome = await new ChatExecutor(new ChatLimits(), TimeProvider.System, tool).ExecuteAsync(context, Cancel);
        return new Execution(outcome, output, calls, await File.ReadAllBytesAsync(file, Cancel));
    }

    sealed record Execution(RunOutcome Outcome, RecordedOutput Output, int Calls, byte[] Journal);
}
