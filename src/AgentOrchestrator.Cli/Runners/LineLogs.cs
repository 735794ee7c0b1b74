using System.Globalization;
using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol.Secrets;
using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Cli.Runners;

/// <summary>The runner's log on standard error: a coloured line for a person, JSON elsewhere.</summary>
sealed class LineLogs(Terminal terminal, Redactor redactor, TimeProvider time, bool asJson) : ILoggerFactory
{
    readonly Ink _ink = new(terminal.IsErrorTerminal && terminal.WantsColor);
    readonly Lock _gate = new();

    public ILogger CreateLogger(string categoryName) => new LineLog(this, categoryName[(categoryName.LastIndexOf('.') + 1)..]);

    public void AddProvider(ILoggerProvider provider) =>
        throw new NotSupportedException("this log writes lines and nothing else");

    public void Dispose()
    {
    }

    void Write(LogLevel level, string source, string message, string? exception)
    {
        var now = time.GetUtcNow();
        var line = asJson || !terminal.IsErrorTerminal
            ? JsonText.Of(new LogLine(now, Word(level), source, message, exception), CliJson.Default.LogLine)
            : Human(now, level, message, exception);
        lock (_gate)
        {
            terminal.Error.WriteLine(line);
        }
    }

    string Redacted(string text) => redactor.Redact(text);

    string Human(DateTimeOffset now, LogLevel level, string message, string? exception)
    {
        var clock = TimeZoneInfo.ConvertTime(now, time.LocalTimeZone).ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        var word = Word(level).PadRight(7);
        var painted = level switch
        {
            LogLevel.Information => _ink.Green(word),
            LogLevel.Warning => _ink.Yellow(word),
            >= LogLevel.Error => _ink.Red(word),
            _ => _ink.Dim(word),
        };
        return $"{_ink.Dim(clock)} {painted} {PlainText.Clean(message)}{(exception is null ? "" : $"\n{PlainText.Clean(exception)}")}";
    }

    static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        _ => "error",
    };

    sealed class LineLog(LineLogs logs, string source) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Information and not LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                logs.Write(logLevel, source, logs.Redacted(formatter(state, exception)), exception is null ? null : logs.Redacted(exception.ToString()));
            }
        }
    }
}

sealed record LogLine(DateTimeOffset Time, string Level, string Source, string Message, string? Exception);
