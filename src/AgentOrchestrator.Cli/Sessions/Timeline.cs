using System.Globalization;
using System.Text;
using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Cli.Sessions;

/// <summary>A session's log for people: a line an event, text as it is written, what each call took, what the run cost.</summary>
sealed class Timeline(TextWriter output, Ink ink, TimeZoneInfo zone, int width, bool showsDeltas)
{
    const int TypeWidth = 14;

    /// <summary>Time, icon, type and the blanks between them.</summary>
    const int Indent = 8 + 1 + 1 + 1 + TypeWidth + 1;

    readonly EventLine _line = new(ink);
    readonly StringBuilder _streamed = new();
    bool _isMidLine;

    public static Timeline OnOut(Invocation call) => On(call.Terminal.Out, call, call.Terminal.IsOutTerminal);

    public static Timeline OnError(Invocation call) => On(call.Terminal.Error, call, call.Terminal.IsErrorTerminal);

    public void Show(FeedFrame frame)
    {
        switch (frame)
        {
            case FeedFrame.Logged { Event: var logged }:
                Show(logged);
                break;
            case FeedFrame.Written { Deltas: var deltas } when showsDeltas:
                Stream(deltas);
                break;
            case FeedFrame.Gap { From: var from, To: var to }:
                EndStream();
                output.WriteLine(ink.Dim($"         … events {from} to {to} were pruned"));
                break;
            case FeedFrame.Deleted:
                EndStream();
                output.WriteLine(ink.Yellow("         the session was deleted"));
                break;
        }
    }

    public void Show(EventView logged)
    {
        var text = _line.Describe(logged);
        var streamed = _streamed.ToString().Trim();
        EndStream();
        if (text.IsMessage && streamed.Length > 0 && text.Body.EndsWith(streamed, StringComparison.Ordinal))
        {
            // It was read while it was written, but for what came before we listened.
            var missed = text.Body[..^streamed.Length].TrimEnd();
            if (missed.Length == 0)
            {
                return;
            }

            text = text with { Body = missed + " …" };
        }

        Write(logged.RecordedAt, text);
    }

    /// <summary>Closes a line that was left open.</summary>
    public void EndStream()
    {
        if (_isMidLine)
        {
            output.WriteLine();
            _isMidLine = false;
        }

        _streamed.Clear();
    }

    static Timeline On(TextWriter output, Invocation call, bool isTerminal) => new(
        output,
        new Ink(isTerminal && call.Terminal.WantsColor),
        call.Host.Time.LocalTimeZone,
        isTerminal ? call.Terminal.Width() : int.MaxValue,
        showsDeltas: isTerminal);

    void Write(DateTimeOffset at, LineText text)
    {
        var time = TimeZoneInfo.ConvertTime(at, zone).ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        var head = $"{ink.Dim(time)} {text.Paint(text.Icon)} ";
        if (text.Body.Length == 0)
        {
            output.WriteLine(head + text.Paint(text.Type));
            return;
        }

        var lines = text.Body.Split('\n');
        output.WriteLine($"{head}{text.Paint(text.Type.PadRight(TypeWidth))} {(text.IsMessage ? lines[0] : Fit(text.Body))}");
        foreach (var line in text.IsMessage ? lines[1..] : [])
        {
            output.WriteLine(line.Length == 0 ? "" : new string(' ', Indent) + line);
        }
    }

    void Stream(IReadOnlyList<TextDelta> deltas)
    {
        foreach (var delta in deltas)
        {
            var isText = delta.Kind is "text";
            var clean = PlainText.Clean(delta.Text);
            if (isText)
            {
                _streamed.Append(clean);
            }

            if (!_isMidLine)
            {
                output.Write($"{new string(' ', 8)} {ink.Cyan("…")} {ink.Cyan("writing".PadRight(TypeWidth))} ");
                _isMidLine = true;
            }

            var indented = clean.Replace("\n", "\n" + new string(' ', Indent), StringComparison.Ordinal);
            output.Write(isText ? indented : ink.Dim(indented));
        }
    }

    string Fit(string text) => PlainText.OneLine(text, width == int.MaxValue ? width : Math.Max(20, width - Indent));
}
