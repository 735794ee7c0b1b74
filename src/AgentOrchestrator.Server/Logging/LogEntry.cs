namespace AgentOrchestrator.Server.Logging;

/// <summary>One message on its way to the output.</summary>
sealed record LogEntry(
    DateTimeOffset Time, LogLevel Level, string Category, string Message, IReadOnlyList<KeyValuePair<string, object?>> Fields, string? Error)
{
    /// <summary>The longest message or field; the rest is cut, so that nobody's input fills the disk in one line.</summary>
    public const int MaxFieldLength = 8 * 1024;

    public static string Cut(string text) => text.Length <= MaxFieldLength ? text : text[..MaxFieldLength] + "…";
}
