using System.Text;
using System.Text.Json;
using AgentOrchestrator.Runner.Processes;
using Xunit;

namespace AgentOrchestrator.Tests.Runner.Processes;

public sealed class JsonShortenerTests
{
    const int Most = JsonShortener.MaxStringBytes;

    [Theory]
    [InlineData("x")]
    [InlineData("é")]
    [InlineData("😀")]
    [InlineData("\\\\")]
    [InlineData("\\\"")]
    [InlineData("\\u00e9")]
    [InlineData("{\\\"a\\\":[")]
    public void Long_strings_are_cut_between_characters_and_say_so(string unit)
    {
        var bytes = Encoding.UTF8.GetByteCount(unit);
        foreach (var lead in new[] { "", "a", "ab", "abc", "abcde" })
        {
            var text = lead + string.Concat(Enumerable.Repeat(unit, (Most / bytes) + 10));
            var length = Encoding.UTF8.GetByteCount(text);

            foreach (var chunk in new[] { 1_000_000, 4095, 61 })
            {
                var shortened = Shorten($$$"""{"before":["é\"\\",1,true],"long":"{{{text}}}","after":{"x":null}}""", chunk);

                using var document = JsonDocument.Parse(shortened);
                Assert.Equal("é\"\\", document.RootElement.GetProperty("before")[0].GetString());
                Assert.Equal(JsonValueKind.Null, document.RootElement.GetProperty("after").GetProperty("x").ValueKind);
                var cut = document.RootElement.GetProperty("long").GetString()!;
                Assert.EndsWith($"… (cut, {length} bytes in all)", cut, StringComparison.Ordinal);
                Assert.StartsWith(lead, cut, StringComparison.Ordinal);
                Assert.DoesNotContain('\uFFFD', cut);
                Assert.InRange(shortened.Length, Most, Most + 150);
            }
        }
    }

    [Theory]
    [InlineData(Most)]
    [InlineData(Most - 1)]
    public void A_string_that_fits_stays_whole(int length)
    {
        var json = $$"""{"a":"{{new string('x', length)}}","b":"{{new string('y', length)}}"}""";

        Assert.Equal(json, Encoding.UTF8.GetString(Shorten(json, 1000).Span));
    }

    [Fact]
    public void What_is_too_long_without_long_strings_is_given_up_in_bounded_memory()
    {
        var shortener = new JsonShortener();
        for (var i = 0; i < JsonShortener.MaxBytes / 4; i++)
        {
            shortener.Add("1234,"u8);
        }

        Assert.True(shortener.IsOver);
        Assert.InRange(shortener.Kept.Length, 0, JsonShortener.MaxBytes);
    }

    [Fact]
    public async Task A_line_over_the_bound_is_still_one_message_and_the_next_line_is_whole()
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes($$"""{"a":"{{new string('x', 3_000_000)}}","b":1}""" + "\n" + new string('z', 2_000_000) + "\n{}\n"));
        var lines = new List<OutputLine>();
        await foreach (var line in new LineReader(stream.ReadAsync, 1024 * 1024, shortensJson: true).ReadAllAsync(TestContext.Current.CancellationToken))
        {
            lines.Add(line);
        }

        Assert.Equal([(true, false), (false, true), (false, false)], lines.Select(line => (line.IsShortened, line.IsCut)));
        using var document = JsonDocument.Parse(lines[0].Bytes);
        Assert.Equal(1, document.RootElement.GetProperty("b").GetInt32());
        Assert.Equal("{}", lines[2].Text);
    }

    static ReadOnlyMemory<byte> Shorten(string json, int chunk)
    {
        var shortener = new JsonShortener();
        foreach (var part in Encoding.UTF8.GetBytes(json).Chunk(chunk))
        {
            shortener.Add(part);
        }

        Assert.False(shortener.IsOver);
        return shortener.Kept;
    }
}
