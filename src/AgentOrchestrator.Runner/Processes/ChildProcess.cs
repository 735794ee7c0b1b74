using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Runner.Processes.Containers;

namespace AgentOrchestrator.Runner.Processes;

/// <summary>A program that was started for a run: its input, its output in bounded lines, its end, and the end of all that it left behind.</summary>
/// <remarks>
/// Owned by one executor. Whatever way the program ends, its stragglers are killed before <see cref="Exit"/> completes; so the output ends too,
/// even when a grandchild had kept it open.
/// </remarks>
public sealed class ChildProcess : IRunProcess
{
    readonly Process _process;
    readonly ProcessContainer _container;
    readonly ProcEntry? _root;
    readonly ChildOutput _output;
    readonly int _maxLineBytes;
    readonly bool _shortensJson;
    readonly TailBuffer _errors;
    readonly Task _errorReader;
    readonly CancellationTokenSource _ended = new();

    ChildProcess(Process process, ProcessSpec spec, ProcessContainer container)
    {
        _process = process;
        _container = container;
        Id = process.Id;

        // A program that has already ended left its session's number behind, which is its own id.
        _root = OperatingSystem.IsLinux() ? ProcFs.Find(Id) ?? new ProcEntry(Id, 0, Id, 0) : null;
        _output = new ChildOutput(process.StandardOutput.BaseStream, _ended.Token);
        _maxLineBytes = spec.MaxLineBytes;
        _shortensJson = spec.ShortensJson;
        _errors = new TailBuffer(spec.ErrorTailBytes);
        _errorReader = ReadErrorsAsync();
        Exit = WatchAsync();
        if (spec.Input is { } input)
        {
            _ = FeedAsync(input);
        }
    }

    public int Id { get; }

    public Task<ProcessExit> Exit { get; }

    public string ErrorTail => _errors.ToString();

    /// <summary>See <see cref="ProcessContainer.Met"/>.</summary>
    internal LimitKind? LimitMet => _container.Met;

    /// <exception cref="ProductException"><see cref="ErrorCode.NotPossible"/>, saying what cannot be started and why.</exception>
    public static ChildProcess Start(ProcessSpec spec) => Start(spec, token => new ProcessContainer(token));

    /// <param name="hold">Makes the container of the process that gets this mark.</param>
    /// <exception cref="IOException">The container cannot be made.</exception>
    internal static ChildProcess Start(ProcessSpec spec, Func<string, ProcessContainer> hold)
    {
        var program = Executables.Find(spec.Program, spec.Environment.GetValueOrDefault("PATH"))
            ?? throw new ProductException(ErrorCode.NotPossible, $"{spec.Program} was not found or may not be executed; install it or put it on PATH");
        var token = ProcessMark.ForProcess(spec.Environment.GetValueOrDefault(ProcessMark.Variable) ?? ProcessMark.New());
        var container = hold(token);
        try
        {
            return new ChildProcess(Process.Start(StartInfo(spec, container.Wrap(program, spec.Arguments), token))!, spec, container);
        }
        catch (Win32Exception e)
        {
            container.Remove();
            throw new ProductException(ErrorCode.NotPossible, $"{program} could not be started in {spec.WorkingDirectory}: {e.Message}", inner: e);
        }
    }

    /// <summary>Writes to the program's stdin, waiting while it does not read. A program that has closed it is no error: its exit tells.</summary>
    /// <returns>False when the program no longer reads.</returns>
    public async Task<bool> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        try
        {
            var input = _process.StandardInput.BaseStream;
            await input.WriteAsync(bytes, cancel).ConfigureAwait(false);
            await input.FlushAsync(cancel).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return false;
        }
    }

    public Task<bool> WriteLineAsync(string line, CancellationToken cancel) => WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), cancel);

    /// <summary>Ends the program's stdin.</summary>
    public void CloseInput()
    {
        try
        {
            _process.StandardInput.BaseStream.Dispose();
        }
        catch (IOException)
        {
            // The program closed its end first.
        }
    }

    public IAsyncEnumerable<OutputLine> ReadLinesAsync(CancellationToken cancel) =>
        new LineReader(ReadAsync, _maxLineBytes, shortensJson: _shortensJson).ReadAllAsync(cancel);

    /// <summary>The program's output as it comes, instead of lines.</summary>
    /// <returns>How many bytes were read; 0 at the end.</returns>
    internal ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancel) => _output.ReadAsync(buffer, cancel);

    /// <summary>Sends a signal to the program alone, not to what it started. Nothing happens where signals do not exist or it has ended.</summary>
    public void Signal(ProcessSignal signal)
    {
        if (_root is { } root)
        {
            _container.Signal(root, signal);
        }
        else if (!OperatingSystem.IsWindows() && !_process.HasExited)
        {
            ProcessTree.SendTo(Id, signal);
        }
    }

    public async Task<ProcessSignal> StopAsync(ProcessSignal first, TimeSpan grace)
    {
        if (first != ProcessSignal.SIGKILL && !OperatingSystem.IsWindows())
        {
            Signal(first);
            if (await EndsWithinAsync(grace).ConfigureAwait(false))
            {
                return first;
            }
        }

        await KillAsync().ConfigureAwait(false);
        await Exit.ConfigureAwait(false);
        return ProcessSignal.SIGKILL;
    }

    /// <summary>Kills whatever is left.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(ProcessSignal.SIGKILL, TimeSpan.Zero).ConfigureAwait(false);
        CloseInput();
        await _process.StandardOutput.BaseStream.DisposeAsync().ConfigureAwait(false);
        await _process.StandardError.BaseStream.DisposeAsync().ConfigureAwait(false);
        _process.Dispose();
        _ended.Dispose();
    }

    static ProcessStartInfo StartInfo(ProcessSpec spec, IReadOnlyList<string> command, string token)
    {
        // A session of its own: Ctrl-C in the runner's terminal does not reach it, and its members are known by it. setsid replaces itself by
        // the program, so the id is the program's.
        var setsid = OperatingSystem.IsLinux() ? Executables.Find("setsid", "/usr/bin:/bin") : null;
        var start = new ProcessStartInfo
        {
            FileName = setsid ?? command[0],
            WorkingDirectory = spec.WorkingDirectory,
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in setsid is null ? command.Skip(1) : command)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Clear();
        foreach (var (name, value) in spec.Environment)
        {
            start.Environment[name] = value;
        }

        start.Environment[ProcessMark.Variable] = token;
        return start;
    }

    async Task<ProcessExit> WatchAsync()
    {
        await _process.WaitForExitAsync().ConfigureAwait(false);
        await _container.KillAsync(_root).ConfigureAwait(false);
        _container.Remove();
        await _ended.CancelAsync().ConfigureAwait(false);
        await _errorReader.ConfigureAwait(false);
        return new ProcessExit(_process.ExitCode);
    }

    /// <remarks>Beside the reading: a long input fills the pipe, and the program may write before it has read it all.</remarks>
    async Task FeedAsync(ReadOnlyMemory<byte> input)
    {
        await WriteAsync(input, CancellationToken.None).ConfigureAwait(false);
        CloseInput();
    }

    async Task ReadErrorsAsync()
    {
        var errors = new ChildOutput(_process.StandardError.BaseStream, _ended.Token);
        var buffer = new byte[4096];
        int read;
        while ((read = await errors.ReadAsync(buffer, CancellationToken.None).ConfigureAwait(false)) > 0)
        {
            _errors.Write(buffer.AsSpan(0, read));
        }
    }

    async Task KillAsync()
    {
        if (OperatingSystem.IsLinux())
        {
            await _container.KillAsync(_root).ConfigureAwait(false);
        }
        else if (!_process.HasExited)
        {
#pragma warning disable RS0030 // The best that these platforms offer; see the remarks of ProcessTree.
            _process.Kill(entireProcessTree: true);
#pragma warning restore RS0030
        }
    }

    async Task<bool> EndsWithinAsync(TimeSpan time)
    {
        try
        {
            await Exit.WaitAsync(time).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
