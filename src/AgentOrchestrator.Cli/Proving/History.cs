using System.Collections.Concurrent;
using System.Text.Json;
using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runs;

namespace AgentOrchestrator.Cli.Proving;

/// <summary>What the server acknowledged. What it did not is unknown, and may have happened or not.</summary>
/// <param name="file">Gets a line for each operation that is asked for, and one for what came of it.</param>
sealed class History(TextWriter file) : IDisposable
{
    readonly Lock _lock = new();
    int _count;
    int _asked;

    public ConcurrentBag<(string Session, string Key)> Events { get; } = [];

    /// <summary>With the time, by <see cref="HostClock"/>.</summary>
    public ConcurrentBag<(string Key, RunCreated Run, TimeSpan At)> Runs { get; } = [];

    public ConcurrentBag<Stop> Stops { get; } = [];

    /// <summary>Acknowledged operations.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <param name="what">A word for the kind of operation.</param>
    public async Task<T> NoteAsync<T>(string what, string key, Func<Task<T>> operation)
    {
        var number = Interlocked.Increment(ref _asked);
        Write(number, "invoke", what, key);
        try
        {
            var answer = await operation();
            Write(number, "ok");
            return answer;
        }
        catch (ProductException e)
        {
            Write(number, IsUnknown(e) ? "unknown" : "fail");
            throw;
        }
    }

    /// <summary>Whether it may have happened all the same.</summary>
    public static bool IsUnknown(ProductException failure) => failure.Code is ErrorCode.Unavailable or ErrorCode.Timeout;

    public void Note(string session, string key)
    {
        Events.Add((session, key));
        Interlocked.Increment(ref _count);
    }

    public void Note(string key, RunCreated run)
    {
        Runs.Add((key, run, HostClock.Now));
        Interlocked.Increment(ref _count);
    }

    public void Note(Stop stop)
    {
        Stops.Add(stop);
        Interlocked.Increment(ref _count);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            file.Dispose();
        }
    }

    void Write(int number, string word, string? what = null, string? key = null)
    {
        var line = JsonSerializer.Serialize(new HistoryLine(HostClock.Now.TotalSeconds, number, word, what, key), CliJson.Default.HistoryLine);
        lock (_lock)
        {
            file.WriteLine(line);
        }
    }
}

/// <param name="At">By <see cref="HostClock"/>, in seconds: the clock of the witness's lines.</param>
/// <param name="Operation">Joins the two lines of one operation.</param>
/// <param name="Is"><c>invoke</c>, then <c>ok</c>, <c>fail</c>, or <c>unknown</c> for what may have happened all the same.</param>
sealed record HistoryLine(double At, int Operation, string Is, string? What, string? Key);
