using AgentOrchestrator.Memory;
using AgentOrchestrator.Models;
using Microsoft.Extensions.AI;
using Xunit;

namespace AgentOrchestrator.Tests.Library;

public sealed class MemoryTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void A_buffer_keeps_the_newest_within_its_bounds_and_begins_with_a_question()
    {
        var buffer = new BufferMemory { MaxMessages = 3 };
        foreach (var text in new[] { "1", "3" })
        {
            buffer.AddMessage(ChatRole.User, text);
            buffer.AddMessage(ChatRole.Assistant, text + "!");
        }

        Assert.Equal("user: 3\nassistant: 3!", buffer.GetFormattedMessages());

        var small = new BufferMemory { MaxTokens = 30 };
        small.AddMessage(ChatRole.User, new string('x', 200));
        small.AddMessage(ChatRole.User, "y");
        Assert.Equal(["y"], small.GetMessages().Select(message => message.Text));
    }

    [Fact]
    public async Task The_older_half_of_a_buffer_is_summarised()
    {
        var buffer = new BufferMemory { SummarizeAfter = 3, Model = ChatModels.Scripted("""[{"reply":"They greeted."}]""") };
        var agent = new Agent("a", new AgentSettings { Model = ChatModels.Scripted(), BufferMemory = buffer });

        await agent.RunAsync("one", cancellationToken: Cancel);
        await agent.RunAsync("two", cancellationToken: Cancel);

        Assert.Equal(
            ["Summary of the conversation so far:\nThey greeted.", "two", "You said: two"], buffer.GetMessages().Select(message => message.Text));
    }

    [Fact]
    public async Task A_long_term_memory_finds_by_words_metadata_and_collection()
    {
        var memory = new InProcessMemory();
        var cats = await memory.StoreAsync("The cat sleeps on the sofa", new Dictionary<string, string> { ["who"] = "ann" }, cancellationToken: Cancel);
        await memory.StoreAsync("The dog barks", cancellationToken: Cancel);
        await memory.StoreAsync("A cat of another house", collection: "other", cancellationToken: Cancel);

        Assert.Equal(["The cat sleeps on the sofa", "The dog barks"], await FindAsync("the CAT!"));
        Assert.Equal(["The cat sleeps on the sofa"], await FindAsync("the", new Dictionary<string, string> { ["who"] = "ann" }));
        Assert.Empty(await FindAsync("horse"));

        Assert.True(await memory.UpdateAsync(cats, "A horse", cancellationToken: Cancel));
        Assert.Equal(["A horse"], await FindAsync("horse"));
        Assert.True(await memory.DeleteAsync(cats, Cancel));
        Assert.False(await memory.DeleteAsync(cats, Cancel));
        await memory.ClearAsync(cancellationToken: Cancel);
        Assert.Empty(await FindAsync("the"));
        Assert.Single(await memory.SearchAsync("cat", collection: "other", cancellationToken: Cancel));

        async Task<IEnumerable<string>> FindAsync(string query, IReadOnlyDictionary<string, string>? filter = null) =>
            (await memory.SearchAsync(query, filter: filter, cancellationToken: Cancel)).Select(hit => hit.Text);
    }
}
