using System.Text.Json.Nodes;
using AgentOrchestrator.Cli.Proving;
using AgentOrchestrator.Protocol;
using Xunit;

namespace AgentOrchestrator.Tests.Cli;

public sealed class HistoryTests : IDisposable
{
    readonly StringWriter _file = new();
    readonly History _history;

    public HistoryTests() => _history = new History(_file);

    [Fact]
    public async Task Each_operation_has_a_line_when_it_is_asked_for_and_one_for_what_came_of_it()
    {
        Assert.Equal("done", await _history.NoteAsync("run", "start-a", () => Task.FromResult("done")));

        Assert.Equal(["1 invoke run start-a", "1 ok  "], Lines());
    }

    [Theory]
    [InlineData(ErrorCode.Unavailable, "unknown")]
    [InlineData(ErrorCode.Timeout, "unknown")]
    [InlineData(ErrorCode.Conflict, "fail")]
    public async Task What_may_have_happened_is_unknown_and_what_was_refused_has_failed(ErrorCode code, string word)
    {
        await Assert.ThrowsAsync<ProductException>(() => _history.NoteAsync<string>("stop", "s", () => throw new ProductException(code, "no")));

        Assert.Equal(["1 invoke stop s", $"1 {word}  "], Lines());
    }

    public void Dispose()
    {
        _history.Dispose();
        _file.Dispose();
    }

    string[] Lines() =>
    [
        .. _file.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)
            .Select(line => $"{line["operation"]} {line["is"]} {line["what"]} {line["key"]}"),
    ];
}
