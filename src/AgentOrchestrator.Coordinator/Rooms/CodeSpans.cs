namespace AgentOrchestrator.Coordinator.Rooms;

/// <summary>Where a text is code: between fences, and between as many backticks on one line. A fence that nobody closes goes to the end.</summary>
sealed class CodeSpans
{
    readonly List<(int Start, int End)> _spans = [];

    public static CodeSpans Of(string text)
    {
        var code = new CodeSpans();
        var (fence, fenceStart) = ("", 0);
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start) is >= 0 and var newline ? newline + 1 : text.Length;
            var line = text.AsSpan(start, end - start).Trim();
            var mark = FenceOf(line);
            if (fence.Length > 0)
            {
                if (mark.Length >= fence.Length && mark[0] == fence[0] && mark.Length == line.Length)
                {
                    code._spans.Add((fenceStart, end));
                    fence = "";
                }
            }
            else if (mark.Length > 0) { (fence, fenceStart) = (mark, start); }
            else { code.AddTicks(text, start, end); }

            start = end;
        }

        if (fence.Length > 0) { code._spans.Add((fenceStart, text.Length)); }
        return code;
    }

    public bool Contains(int at)
    {
        foreach (var (start, end) in _spans)
        {
            if (at >= start && at < end) { return true; }
        }

        return false;
    }

    void AddTicks(string text, int start, int end)
    {
        for (var at = start; at < end; at++)
        {
            if (text[at] != '`') { continue; }

            var length = Run(text, at, end);
            var close = Close(text, at + length, end, length);
            if (close > 0) { _spans.Add((at, close)); }

            at = (close > 0 ? close : at + length) - 1;
        }
    }

    /// <summary>Behind the next run of exactly so many backticks; 0 when there is none.</summary>
    static int Close(string text, int from, int end, int length)
    {
        for (var at = from; at < end; at++)
        {
            if (text[at] != '`') { continue; }

            var run = Run(text, at, end);
            if (run == length) { return at + run; }

            at += run - 1;
        }

        return 0;
    }

    static int Run(string text, int at, int end)
    {
        var length = 0;
        while (at + length < end && text[at + length] == '`') { length++; }

        return length;
    }

    /// <summary>The three or more backticks or tildes that a line begins with; empty for another line.</summary>
    static string FenceOf(ReadOnlySpan<char> line)
    {
        var length = 0;
        while (length < line.Length && line[length] is '`' or '~' && line[length] == line[0]) { length++; }

        // A line of code in three backticks is no fence.
        return length >= 3 && !(line[0] == '`' && line[length..].Contains('`')) ? line[..length].ToString() : "";
    }
}
