using System.Buffers;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Runner.Processes;

namespace AgentOrchestrator.Runner.Executors.Programs;

/// <summary>How a program ended.</summary>
/// <param name="Output">What it wrote to stdout, line ends as <c>\n</c>; the beginning of it when <paramref name="IsTooLong"/>.</param>
/// <param name="StoppedBy">The strongest signal that was needed; null when it ended by itself.</param>
/// <param name="IsTimedOut">It was stopped because its time was over.</param>
sealed record ProgramEnd(
    ProcessExit Exit, ReadOnlyMemory<byte> Output, bool IsTooLong, ProcessSignal? StoppedBy, bool IsTimedOut, string ErrorTail);

/// <summary>One execution of a program: its input, its bounded output, its end in time.</summary>
/// <param name="endsWhenTooLong">Whether a program that writes more than it may is ended, or merely not listened to any longer.</param>
sealed class ProgramRun(ProgramLimits limits, TimeProvider time, bool endsWhenTooLong)
{
    readonly TaskCompletionSource _tooLong = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly ArrayBufferWriter<byte> _output = new();

    /// <param name="input">All of its stdin.</param>
    /// <param name="heard">Is told each line as it comes.</param>
    /// <exception cref="ProductException"><see cref="ErrorCode.NotPossible"/>: it cannot be started.</exception>
    public async Task<ProgramEnd> RunAsync(
        IProgramStarter programs, ProcessSpec spec, ReadOnlyMemory<byte> input, TimeSpan? timeLimit, Action<string> heard, CancellationToken stop)
    {
        await using var process = await programs.StartAsync(spec with { Input = input }).ConfigureAwait(false);
        using var ended = new CancellationTokenSource();
        var ending = EndInTimeAsync(process, timeLimit, ended.Token, stop);
        await foreach (var line in process.ReadLinesAsync(CancellationToken.None).ConfigureAwait(false))
        {
            if (!_tooLong.Task.IsCompleted) { Take(line, heard); }
        }

        var exit = await process.Exit.ConfigureAwait(false);
        var (signal, isTimedOut) = await ending.ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
        return new ProgramEnd(exit, _output.WrittenMemory, _tooLong.Task.IsCompleted, signal, isTimedOut, process.ErrorTail.Trim());
    }

    /// <summary>The error of a program that ended by itself and not well: how, and its own last words.</summary>
    public static string Complaint(ProcessSpec spec, ProgramEnd end)
    {
        var words = end.ErrorTail.Length > 0 ? end.ErrorTail : Tail(end.Output);
        var ended = $"{Path.GetFileName(spec.Program)} {end.Exit}";
        return words.Length > 0 ? $"{ended}: {words}" : $"{ended} and wrote nothing to stderr";
    }

    void Take(OutputLine line, Action<string> heard)
    {
        var room = limits.MaxOutputBytes - _output.WrittenCount;
        if (line.Length > room)
        {
            _output.Write(line.Bytes.Span[..Math.Min(room, line.Bytes.Length)]);
            _tooLong.SetResult();
            return;
        }

        _output.Write(line.Bytes.Span);
        if (_output.WrittenCount < limits.MaxOutputBytes) { _output.Write("\n"u8); }
        heard(line.Text);
    }

    async Task<(ProcessSignal? Signal, bool IsTimedOut)> EndInTimeAsync(
        IRunProcess process, TimeSpan? timeLimit, CancellationToken ended, CancellationToken stop)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stop.Register(asked.SetResult).ConfigureAwait(false);
        var over = timeLimit is { } limit ? Task.Delay(limit, time, ended) : Task.Delay(Timeout.InfiniteTimeSpan, ended);
        var tooLong = endsWhenTooLong ? _tooLong.Task : over;
        var first = await Task.WhenAny(process.Exit, asked.Task, tooLong, over).ConfigureAwait(false);
        if (first == process.Exit) { return (null, false); }

        var how = first == asked.Task || first == over ? ProcessSignal.SIGTERM : ProcessSignal.SIGKILL;
        return (await process.StopAsync(how, limits.Grace).ConfigureAwait(false), first == over);
    }

    static string Tail(ReadOnlyMemory<byte> output)
    {
        const int Most = 2048;
        var bytes = output.Length > Most ? output[^Most..] : output;
        return System.Text.Encoding.UTF8.GetString(bytes.Span).Trim();
    }
}
