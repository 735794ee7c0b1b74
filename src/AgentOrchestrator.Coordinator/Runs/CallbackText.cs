using System.Text;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>One ended child, waiting for its parent.</summary>
/// <param name="Text">The result, or the error of a child that failed or was stopped; null when there is none.</param>
public sealed record PendingCallback(string ChildName, bool HasFailed, string? Text)
{
    /// <param name="child">The child's run, ended.</param>
    /// <param name="lastResult">The entry that the child session's result is read from, for a run that reported none itself.</param>
    public static PendingCallback Of(Run child, LogEntry? lastResult) => child.Status switch
    {
        RunStatus.Completed => new(child.SessionName, HasFailed: false, child.ResultText ?? lastResult?.ReadFields().TextOfResult()),
        RunStatus.Stopped => new(
            child.SessionName, HasFailed: true, child.Reason == StopReasons.Interrupted ? RunErrors.Interrupted : RunErrors.Stopped),
        _ => new(child.SessionName, HasFailed: true, child.Error),
    };
}

/// <summary>What a parent is told about its children: the texts of the wire contract, cut where they are too long together.</summary>
public static class CallbackText
{
    const string Separator = "\n\n---\n\n";

    /// <param name="maxLength">Of the whole, in characters. The longest texts are cut first, with a note where the whole is.</param>
    public static string Compose(IReadOnlyList<PendingCallback> children, int maxLength)
    {
        var texts = children.Select(TextOf).ToList();
        var whole = Put(children, texts);
        if (whole.Length <= maxLength)
        {
            return whole;
        }

        var room = maxLength - (whole.Length - texts.Sum(text => text.Length));
        var share = Share(texts.Select(text => text.Length), Math.Max(room, 0));
        return Put(children, [.. texts.Select((text, i) => Cut(children[i], text, share))]);
    }

    static string Put(IReadOnlyList<PendingCallback> children, List<string> texts) =>
        children is [var child] ? One(child, texts[0]) : Several(children, texts);

    static string One(PendingCallback child, string text) => child.HasFailed
        ? $"The child agent session \"{child.ChildName}\" has failed.\n\n## Error\n\n{text}\n\n"
            + "Please handle this failure and continue with the orchestration."
        : $"The child agent session \"{child.ChildName}\" has completed.\n\n## Child Result\n\n{text}\n\n"
            + "Please continue with the orchestration based on this result.";

    static string Several(IReadOnlyList<PendingCallback> children, List<string> texts)
    {
        var all = new StringBuilder("Multiple child agent sessions have completed.\n\n");
        all.AppendJoin(Separator, children.Select((child, i) =>
            $"### Child: {child.ChildName} ({(child.HasFailed ? "FAILED" : "completed")})\n\n{texts[i]}"));
        return all.Append("\n\nPlease continue with the orchestration based on these results.").ToString();
    }

    /// <summary>The length to which the longest are cut so that all fit: short ones leave their room to the others.</summary>
    static int Share(IEnumerable<int> lengths, int room)
    {
        var sorted = lengths.Order().ToList();
        for (var i = 0; i < sorted.Count; i++)
        {
            var share = room / (sorted.Count - i);
            if (sorted[i] > share)
            {
                return share;
            }

            room -= sorted[i];
        }

        return int.MaxValue;
    }

    static string Cut(PendingCallback child, string text, int length)
    {
        if (text.Length <= length)
        {
            return text;
        }

        var note = $"\n[cut, {text.Length} characters in all; the whole: ao {(child.HasFailed ? "events" : "result")} {child.ChildName}]";
        var kept = Math.Max(length - note.Length, 0);
        return string.Concat(text.AsSpan(0, kept > 0 && char.IsHighSurrogate(text[kept - 1]) ? kept - 1 : kept), note);
    }

    static string TextOf(PendingCallback child) =>
        string.IsNullOrEmpty(child.Text) ? (child.HasFailed ? "Unknown error" : "(No result available)") : child.Text;
}
