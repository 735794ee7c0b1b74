namespace AgentOrchestrator.Tools;

/// <summary>Names that every model's maker takes: letters, digits, <c>_</c> and <c>-</c>, at most 64.</summary>
static class ToolNames
{
    const int MaxLength = 64;

    public static string Safe(string name)
    {
        var safe = string.Concat(name.Take(MaxLength).Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_'));
        return safe.Length == 0 ? "tool" : safe;
    }

    /// <summary>The safe name, numbered when it is taken; takes it.</summary>
    public static string Unique(string name, HashSet<string> taken)
    {
        var safe = Safe(name);
        var unique = safe;
        for (var number = 2; !taken.Add(unique); number++)
        {
            var suffix = $"_{number}";
            unique = safe[..Math.Min(safe.Length, MaxLength - suffix.Length)] + suffix;
        }

        return unique;
    }
}
