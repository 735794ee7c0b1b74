using System.Text.Json;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.StoreTests.Sessions;

/// <summary>A log grows by what is new, and not by the conversation that each call is made with.</summary>
public abstract class LogSizeTests(StoreFixture fixture) : SessionStoreTest(fixture)
{
    // A talk of 200,000 tokens of about four letters, half of them the model's and half the tools'.
    const int Calls = 1_000;
    const int Letters = 400;
    const int Batch = 50;

    [Fact]
    public async Task A_thousand_tool_calls_take_at_most_three_times_their_text()
    {
        var session = await CreateAsync("one");
        await Fixture.RestartAsync();
        var before = await SizeAsync();

        foreach (var turns in Enumerable.Range(0, Calls).Chunk(Batch)) { await AppendAsync(session.Name, [.. turns.SelectMany(Turn)]); }

        await Fixture.RestartAsync();
        var grown = await SizeAsync() - before;
        var raw = 2L * Calls * Letters;
        TestContext.Current.TestOutputHelper?.WriteLine($"{grown:N0} bytes for {raw:N0} of text");
        Assert.True(grown > raw && grown < 3 * raw, $"{grown:N0} bytes for {raw:N0} of text");
    }

    /// <summary>All that the database takes on the disk.</summary>
    protected abstract Task<long> SizeAsync();

    /// <summary>As the executor <c>chat</c> tells it.</summary>
    IEnumerable<NewEvent> Turn(int number)
    {
        var input = JsonElement.Parse("""{"path":"notes.md"}""");
        var call = new EventFields { ToolName = "file_read", ToolUseId = $"call_{number}", ToolInput = input };
        yield return Event(EventTypes.Message, new EventFields { Role = "assistant", Content = JsonElement.Parse($$"""[{"type":"text","text":"{{Words(number)}}"}]""") });
        yield return Event(EventTypes.PreTool, call);
        yield return Event(EventTypes.PostTool, call with { ToolOutput = JsonElement.Parse($"\"{Words(-number)}\"") });
    }

    NewEvent Event(string type, EventFields fields) => NewEvent.Of(type, fields, Time.GetUtcNow());

    // No two the same, so that no compression of the database makes the figure.
    static string Words(int seed)
    {
        var random = new Random(seed);
        return string.Create(Letters, random, (text, from) => { foreach (ref var letter in text) { letter = (char)('a' + from.Next(26)); } });
    }
}

public sealed class SqliteLogSizeTests() : LogSizeTests(new SqliteFixture())
{
    protected override async Task<long> SizeAsync()
    {
        await Fixture.Stores.Database.DisposeAsync();
        var size = new DirectoryInfo(((SqliteFixture)Fixture).Folder).EnumerateFiles("*", SearchOption.AllDirectories).Where(file => file.Name.StartsWith("observability.db", StringComparison.Ordinal)).Sum(file => file.Length);
        await Fixture.RestartAsync();
        return size;
    }
}
