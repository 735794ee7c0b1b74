using System.Globalization;
using System.Text;
using AgentOrchestrator.Coordinator.Documents;
using Xunit;

namespace AgentOrchestrator.Tests.Documents;

public sealed class LineDifferenceTests
{
    [Theory]
    [InlineData("a\nb\n", "a\nb\n", "")]
    [InlineData("", "a\n", "@@ -0,0 +1,1 @@\n+a\n")]
    [InlineData("a\n", "", "@@ -1,1 +0,0 @@\n-a\n")]
    [InlineData("a\nb\nc\n", "a\nB\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n")]
    [InlineData("a\nb", "a\nb\n", "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n")]
    [InlineData("a\r\n", "a\n", "@@ -1,1 +1,1 @@\n-a\r\n+a\n")]
    [InlineData("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n", "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n")]
    public void What_changed_is_told_as_diff_tells_it(string before, string after, string expected) =>
        Assert.Equal(expected.Length == 0 ? "" : "--- old\n+++ new\n" + expected, LineDifference.Of(before, after, "old", "new"));

    [Fact]
    public void Whatever_changed_the_difference_leads_from_one_to_the_other()
    {
        var random = new Random(4711);
        for (var round = 0; round < 400; round++)
        {
            var before = Text(random, random.Next(0, 40));
            var after = round % 3 == 0 ? Text(random, random.Next(0, 40)) : Mutate(random, before);
            Assert.Equal(after, Apply(before, LineDifference.Of(before, after, "old", "new")));
        }
    }

    [Fact]
    public void Texts_that_have_nothing_in_common_are_one_change()
    {
        var (before, after) = (Numbers('a', 3_000), Numbers('b', 3_000));

        var difference = LineDifference.Of(before, after, "old", "new");

        Assert.StartsWith("--- old\n+++ new\n@@ -1,3000 +1,3000 @@\n-a0\n", difference, StringComparison.Ordinal);
        Assert.Equal(after, Apply(before, difference));
    }

    static string Numbers(char name, int count) => string.Concat(Enumerable.Range(0, count).Select(i => $"{name}{i}\n"));

    static string Text(Random random, int lines) =>
        string.Concat(Enumerable.Range(0, lines).Select(_ => $"{(char)('a' + random.Next(4))}\n")) + (random.Next(4) == 0 ? "end" : "");

    static string Mutate(Random random, string text)
    {
        var lines = text.Split('\n').ToList();
        for (var changes = random.Next(1, 5); changes > 0 && lines.Count > 1; changes--)
        {
            var at = random.Next(lines.Count - 1);
            if (random.Next(2) == 0) { lines.RemoveAt(at); }
            else { lines.Insert(at, "new"); }
        }

        return string.Join('\n', lines);
    }

    /// <summary>As a program that patches does.</summary>
    static string Apply(string before, string difference)
    {
        if (difference.Length == 0) { return before; }

        var source = Lines(before);
        var result = new StringBuilder();
        var (at, wasRemoved) = (0, false);
        foreach (var line in Lines(difference).Skip(2))
        {
            if (line.StartsWith("@@ -", StringComparison.Ordinal))
            {
                var numbers = line[4..line.IndexOf(' ', 4)].Split(',').Select(number => int.Parse(number, CultureInfo.InvariantCulture)).ToArray();
                for (var start = numbers[0] - (numbers[1] == 0 ? 0 : 1); at < start; at++) { result.Append(source[at]); }
            }
            else if (line[0] == '\\')
            {
                if (result.Length > 0 && !wasRemoved) { result.Length--; }
            }
            else
            {
                wasRemoved = line[0] == '-';
                if (line[0] != '-') { result.Append(line.AsSpan(1)); }
                if (line[0] != '+') { at++; }
            }
        }

        for (; at < source.Count; at++) { result.Append(source[at]); }
        return result.ToString();
    }

    static List<string> Lines(string text)
    {
        var lines = text.Split('\n').Select(line => line + "\n").ToList();
        lines[^1] = lines[^1][..^1];
        if (lines[^1].Length == 0) { lines.RemoveAt(lines.Count - 1); }
        return lines;
    }
}
