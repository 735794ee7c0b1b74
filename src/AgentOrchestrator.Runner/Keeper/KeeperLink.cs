using System.Diagnostics;
using System.Net.Sockets;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Runner.Processes;
using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Runner.Keeper;

/// <summary>The runner's way to its keeper: the one that runs, or a new one when the first program is to be started.</summary>
/// <param name="folder">The runner's state folder.</param>
sealed partial class KeeperLink(string folder, RunnerOptions options, ILogger<KeeperLink> log) : IDisposable
{
    /// <summary>The longest path that a socket may have on every Unix.</summary>
    const int MaxSocketPath = 100;
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    readonly SemaphoreSlim _opening = new(1, 1);
    KeeperConnection? _hello;
    bool _isWithout;
    volatile bool _isClosed;

    string Path => KeeperMode.SocketOf(folder);

    bool IsPossible => OperatingSystem.IsLinux() && options.KeeperCommand is not null && Path.Length <= MaxSocketPath;

    /// <returns>Null when there is no keeper: the program is started by the runner itself then.</returns>
    /// <exception cref="ProductException">The keeper cannot start the program.</exception>
    public async Task<KeptProcess?> SpawnAsync(string key, KeptFolder kept, string mark, TimeSpan deadline, ProcessSpec program)
    {
        if (!await IsThereAsync(true).ConfigureAwait(false) || await OpenAsync().ConfigureAwait(false) is not { } connection)
        {
            return null;
        }

        await connection.SendAsync(new KeeperMessage.Spawn(key, kept.Path, options.MaxKeptBytes, deadline, program)).ConfigureAwait(false);
        switch (await connection.ReceiveAsync(CancellationToken.None).ConfigureAwait(false))
        {
            case KeeperMessage.Started started:
                return KeptProcess.Follow(kept, mark, started, connection);
            case KeeperMessage.Refused refused:
                connection.Dispose();
                throw new ProductException(ErrorCode.NotPossible, refused.Reason);
            default:
                // It may have been started: never again, and what there is of it is ended by its mark.
                connection.Dispose();
                throw new ProductException(ErrorCode.Unavailable, "the process keeper went away while it started the program", KeeperDied);
        }
    }

    /// <summary>Goes on with what an earlier life of the runner started.</summary>
    /// <returns>Null when nobody has it.</returns>
    public async Task<KeptProcess?> AdoptAsync(string key, KeptFolder kept, string mark)
    {
        if (await IsThereAsync(false).ConfigureAwait(false) && await OpenAsync().ConfigureAwait(false) is { } connection)
        {
            await connection.SendAsync(new KeeperMessage.Adopt(key)).ConfigureAwait(false);
            if (await connection.ReceiveAsync(CancellationToken.None).ConfigureAwait(false) is KeeperMessage.Started started)
            {
                return KeptProcess.Follow(kept, mark, started, connection);
            }

            connection.Dispose();
        }

        return kept.ReadEnd() is { } end ? KeptProcess.Ended(kept, mark, end) : null;
    }

    public void Dispose()
    {
        _isClosed = true;
        _hello?.Dispose();
        _opening.Dispose();
    }

    /// <summary>The reason of a run whose keeper was killed.</summary>
    public const string KeeperDied = "keeper_died";

    async Task<bool> IsThereAsync(bool mayStart)
    {
        if (!IsPossible)
        {
            if (mayStart && !_isWithout)
            {
                _isWithout = true;
                LogWithout(OperatingSystem.IsLinux() ? "it has no command, or the state folder's path is too long" : "it needs Linux");
            }

            return false;
        }

        await _opening.WaitAsync().ConfigureAwait(false);
        try
        {
            return _hello is not null || await GreetAsync().ConfigureAwait(false) || (mayStart && await StartAsync().ConfigureAwait(false));
        }
        finally
        {
            _opening.Release();
        }
    }

    async Task<bool> GreetAsync()
    {
        if (await OpenAsync().ConfigureAwait(false) is not { } connection)
        {
            return false;
        }

        if (await connection.SendAsync(new KeeperMessage.Hello()).ConfigureAwait(false)
            && await connection.ReceiveAsync(CancellationToken.None).ConfigureAwait(false) is KeeperMessage.Welcome welcome)
        {
            LogFound(welcome.ProcessId, welcome.Containment);
            _hello = connection;
            _ = NoteEndAsync(connection, welcome.ProcessId);
            return true;
        }

        connection.Dispose();
        return false;
    }

    async Task NoteEndAsync(KeeperConnection connection, int processId)
    {
        await connection.ReceiveAsync(CancellationToken.None).ConfigureAwait(false);
        if (!_isClosed)
        {
            LogDied(processId);
            Interlocked.CompareExchange(ref _hello, null, connection);
        }

        connection.Dispose();
    }

    async Task<KeeperConnection?> OpenAsync()
    {
        try
        {
            return await KeeperConnection.OpenAsync(Path, CancellationToken.None).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>Starts one that outlives this process, in a session of its own.</summary>
    async Task<bool> StartAsync()
    {
        using var limit = new CancellationTokenSource(s_patience);
        try
        {
            using var keeper = Process.Start(KeeperStart.Info(options, folder))!;
            var word = await keeper.StandardOutput.ReadLineAsync(limit.Token).ConfigureAwait(false);
            if (word is not null && await GreetAsync().ConfigureAwait(false))
            {
                return true;
            }

            LogNotStarted((await keeper.StandardError.ReadToEndAsync(limit.Token).ConfigureAwait(false)).Trim());
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or OperationCanceledException or IOException)
        {
            LogNotStarted(e.Message);
        }

        return false;
    }

    [LoggerMessage(LogLevel.Information, "Programs are held by keeper {ProcessId}: {Containment}")]
    partial void LogFound(int processId, string containment);

    [LoggerMessage(LogLevel.Warning, "Programs are started without a keeper, because {Reason}: they end with this runner")]
    partial void LogWithout(string reason);

    [LoggerMessage(LogLevel.Warning, "The keeper could not be started, and the program is started without: {Reason}")]
    partial void LogNotStarted(string reason);

    [LoggerMessage(LogLevel.Error, "Keeper {ProcessId} is gone; what it held is ended")]
    partial void LogDied(int processId);
}
