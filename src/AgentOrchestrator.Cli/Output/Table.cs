namespace AgentOrchestrator.Cli.Output;

/// <summary>Columns of text, aligned; the last one takes what is left of the line.</summary>
static class Table
{
    const string Between = "  ";

    public static void Write(Terminal terminal, IReadOnlyList<string> head, IReadOnlyList<string[]> rows)
    {
        var widths = new int[head.Count];
        foreach (var row in rows.Prepend([.. head]))
        {
            for (var i = 0; i < row.Length; i++)
            {
                row[i] = PlainText.OneLine(row[i]);
                widths[i] = Math.Max(widths[i], row[i].Length);
            }
        }

        var ink = new Ink(terminal.IsOutTerminal && terminal.WantsColor);
        terminal.Out.WriteLine(ink.Dim(Line(terminal, head, widths)));
        foreach (var row in rows)
        {
            terminal.Out.WriteLine(Line(terminal, row, widths));
        }
    }

    static string Line(Terminal terminal, IReadOnlyList<string> cells, int[] widths)
    {
        var line = string.Join(Between, cells.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd();
        return terminal.IsOutTerminal && terminal.Width() is var width && line.Length > width ? line[..(width - 1)] + "…" : line;
    }
}
