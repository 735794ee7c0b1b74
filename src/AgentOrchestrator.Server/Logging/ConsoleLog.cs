using System.Globalization;
using AgentOrchestrator.Protocol.Secrets;

namespace AgentOrchestrator.Server.Logging;

/// <summary>The one place that logs go to: readable in a terminal, JSON lines elsewhere.</summary>
[ProviderAlias("Console")]
sealed class ConsoleLog(LogOutput output, Redactor redactor, TimeProvider time) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new CategoryLog(categoryName, output, redactor, time);

    public void Dispose() => output.Dispose();

    sealed class CategoryLog(string category, LogOutput output, Redactor redactor, TimeProvider time) : ILogger
    {
        const string Template = "{OriginalFormat}";

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is not LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var fields = state as IReadOnlyList<KeyValuePair<string, object?>> ?? [];
            output.Add(new LogEntry(
                time.GetUtcNow(), logLevel, category, redactor.Redact(formatter(state, exception)),
                [.. fields.Where(field => field.Key is not Template).Select(Redacted)], exception is null ? null : redactor.Redact(exception.ToString())));
        }

        KeyValuePair<string, object?> Redacted(KeyValuePair<string, object?> field) => field.Value is null or bool or int or long
            ? field
            : new(field.Key, redactor.Redact(Convert.ToString(field.Value, CultureInfo.InvariantCulture) ?? ""));
    }
}

static class ConsoleLogging
{
    public static void AddConsoleLog(this ILoggingBuilder logging, ServerOptions options)
    {
        var isTerminal = options.LogStream is null && !Console.IsOutputRedirected;
        var hasColour = Environment.GetEnvironmentVariable("NO_COLOR") is not { Length: > 0 };
        logging.SetMinimumLevel(options.LogLevel);
        logging.AddFilter("Microsoft", options.LogLevel <= LogLevel.Debug ? LogLevel.Information : LogLevel.Warning);
        // It warns of what clients do wrong, which they are told themselves.
        logging.AddFilter("ModelContextProtocol", options.LogLevel <= LogLevel.Debug ? LogLevel.Information : LogLevel.Error);
        // Its one message a request says less than ours, and having it makes every request carry an activity.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        logging.Services.AddSingleton<ILoggerProvider>(all => new ConsoleLog(
            new LogOutput(
                options.LogStream ?? Console.OpenStandardOutput(),
                isTerminal ? (buffer, entry) => TerminalLines.Write(buffer, entry, hasColour) : JsonLines.Write,
                TimeProvider.System),
            all.GetRequiredService<Redactor>(),
            TimeProvider.System));
    }
}
