using System.Buffers;
using System.Text;
using System.Text.Json;
using AgentOrchestrator.Server.Logging;

namespace AgentOrchestrator.ServerTests.Hosting;

/// <summary>What others write cannot forge a line, move a cursor or fill a disk.</summary>
public sealed class LogTests
{
    static readonly string[] s_hostile =
    [
        "a\nb", "a\r\n{\"level\":\"info\"}", "\e[2J\e[31mred", "\e]0;title\a", "\u202Eevil", "\u2028", "\u0085", "\0", "\u200B\uFEFF", "\u009B2J", new('x', 100_000),
    ];

    [Fact]
    public void A_JSON_log_has_one_line_for_each_message()
    {
        foreach (var text in s_hostile)
        {
            var line = Write(JsonLines.Write, text);

            Assert.Equal(1, line.Count(c => c is '\n'));
            using var json = JsonDocument.Parse(line);
            Assert.Equal("warning", json.RootElement.GetProperty("level").GetString());
            Assert.StartsWith(text[..Math.Min(text.Length, 100)], json.RootElement.GetProperty("user_text").GetString(), StringComparison.Ordinal);
            Assert.InRange(line.Length, 1, 60_000);
        }
    }

    [Fact]
    public void A_terminal_shows_control_characters_as_escapes()
    {
        foreach (var text in s_hostile)
        {
            var line = Write((buffer, entry) => TerminalLines.Write(buffer, entry, hasColour: false), text);

            Assert.DoesNotContain(line[..^1], c => char.IsControl(c) || c is '\u202E' or '\u2028' or '\u200B' or '\uFEFF');
        }
    }

    [Fact]
    public async Task Who_logs_does_not_wait_for_a_reader_that_does_not_read()
    {
        using var stuck = new StuckStream();
        var output = new LogOutput(stuck, JsonLines.Write, TimeProvider.System);
        for (var i = 0; i < 20_000; i++)
        {
            output.Add(Entry("message"));
        }

        stuck.Release();
        output.Dispose();

        Assert.Contains("messages were dropped", await stuck.TextAsync(), StringComparison.Ordinal);
    }

    static string Write(Action<IBufferWriter<byte>, LogEntry> format, string text)
    {
        var buffer = new ArrayBufferWriter<byte>();
        format(buffer, Entry(text));
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    static LogEntry Entry(string text) =>
        new(DateTimeOffset.UnixEpoch, LogLevel.Warning, "Category", text, [new("UserText", text)], Error: null);

    sealed class StuckStream : MemoryStream
    {
        readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release() => _released.SetResult();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await _released.Task;
            await base.WriteAsync(buffer, cancellationToken);
        }

        public Task<string> TextAsync() => Task.FromResult(Encoding.UTF8.GetString(ToArray()));
    }
}
