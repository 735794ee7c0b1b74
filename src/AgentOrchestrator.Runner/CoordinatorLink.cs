using System.Security.Cryptography;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Runners;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Runner.Attempts;
using Microsoft.Extensions.Logging;

namespace AgentOrchestrator.Runner;

/// <summary>The runner's standing with the server: registered, again when it must, and patient with outages.</summary>
sealed partial class CoordinatorLink(CoordinatorApi api, RegisterRunner self, TimeProvider time, ILogger<CoordinatorLink> log) : IDisposable
{
    /// <summary>So long nobody asks again with a token that was refused: the server counts wrong ones, and would hold up the right one too.</summary>
    static readonly TimeSpan s_refusalStands = TimeSpan.FromSeconds(10);

    readonly SemaphoreSlim _registering = new(1, 1);
    RunnerRegistered? _registered;
    long _lastAnswer = time.GetTimestamp();
    bool _isAway;
    ProductException? _refusal;
    long _refusedAt;

    /// <summary>How long the server has not answered.</summary>
    public TimeSpan Silence => time.GetElapsedTime(Volatile.Read(ref _lastAnswer));

    public bool IsRegistered => _registered is not null;

    /// <summary>What the last registration said, whether it still stands or not.</summary>
    public RunnerRegistered? Known { get; private set; }

    /// <summary>Whether nothing was decided: it pays to ask again.</summary>
    public static bool IsOutage(ProductException error) => error.Code
        is ErrorCode.Unavailable or ErrorCode.Timeout or ErrorCode.Internal or ErrorCode.LimitExceeded or ErrorCode.StorageFull;

    /// <summary>The standing registration, or a new one.</summary>
    public async Task<RunnerRegistered> RegisterAsync(CancellationToken cancel)
    {
        if (_registered is { } standing)
        {
            return standing;
        }

        await _registering.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (_registered is null)
            {
                _registered = Known = await AskToRegisterAsync(cancel).ConfigureAwait(false);
                LogRegistered(_registered.RunnerId, string.Join(", ", self.Executors ?? []));
            }

            return _registered;
        }
        finally
        {
            _registering.Release();
        }
    }

    async Task<RunnerRegistered> AskToRegisterAsync(CancellationToken cancel)
    {
        if (_refusal is { } standing && time.GetElapsedTime(_refusedAt) < s_refusalStands)
        {
            throw standing;
        }

        try
        {
            return await AskAsync(() => api.RegisterAsync(self, cancel)).ConfigureAwait(false);
        }
        catch (ProductException e) when (e.Code is ErrorCode.Unauthenticated)
        {
            _refusedAt = time.GetTimestamp();
            throw _refusal = new ProductException(
                e.Code,
                $"{e.Message} To go on, start this runner again with AGENT_ORCHESTRATOR_TOKEN set to what 'ao token create NAME --role runner' prints",
                e.Reason,
                e);
        }
    }

    /// <summary>The server does not know this registration any more.</summary>
    public void Forget(RunnerRegistered registration) => Interlocked.CompareExchange(ref _registered, null, registration);

    /// <summary>Asks as the registered runner. When the server does not know it, the next call registers again.</summary>
    public async Task<T> AskAsync<T>(Func<RunnerRegistered, Task<T>> call, CancellationToken cancel)
    {
        var registration = await RegisterAsync(cancel).ConfigureAwait(false);
        try
        {
            return await AskAsync(() => call(registration)).ConfigureAwait(false);
        }
        catch (ProductException e) when (e.Code is ErrorCode.Unauthenticated)
        {
            Forget(registration);
            throw;
        }
    }

    /// <summary>Asks until the server has decided.</summary>
    /// <exception cref="ProductException">What the server decided: not found, conflict, a refusal.</exception>
    public async Task<T> CallAsync<T>(Func<RunnerRegistered, Task<T>> call, CancellationToken cancel)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                return await AskAsync(call, cancel).ConfigureAwait(false);
            }
            catch (ProductException e) when (IsOutage(e) || e.Code is ErrorCode.Unauthenticated || !IsRegistered)
            {
                // Also what a refused registration says: it may be taken later, and until then nothing is decided about the run.
                // A 401 is about the registration that the call used; another call may have renewed it meanwhile.
                await PauseAsync(failures, cancel, least: e.RetryAfter).ConfigureAwait(false);
            }
        }
    }

    public Task ReportAsync(string runId, string verb, RunReport report, CancellationToken cancel) =>
        CallAsync(
            async registered =>
            {
                await api.ReportAsync(runId, verb, report with { RunnerId = registered.RunnerId }, cancel).ConfigureAwait(false);
                return true;
            },
            cancel);

    public Task AppendAsync(string runId, long fence, SpoolBatch batch, CancellationToken cancel) =>
        CallAsync(registered => api.AppendAsync(runId, registered.RunnerId, fence, batch, cancel), cancel);

    /// <summary>Asks once, while registered.</summary>
    public Task ShowAsync(string runId, long fence, IReadOnlyList<TextDelta> deltas, CancellationToken cancel) =>
        _registered is { } registered
            ? api.ShowAsync(runId, new RunDeltas { RunnerId = registered.RunnerId, Fence = fence, Deltas = deltas }, cancel)
            : Task.CompletedTask;

    /// <summary>Asks until an answer comes.</summary>
    /// <returns>Null when the server has noted it, else why not.</returns>
    public async Task<string?> BindAsync(AttemptRecord attempt, string executorSessionId, CancellationToken cancel)
    {
        var bind = new BindSession
        {
            ExecutorSessionId = executorSessionId,
            Hostname = self.Hostname,
            ExecutorType = attempt.ExecutorType,
            ExecutorProfile = attempt.ExecutorType,
            ProjectDir = attempt.WorkingDirectory,
        };
        try
        {
            return await CallAsync<string?>(
                async _ =>
                {
                    try
                    {
                        await api.BindAsync(attempt.SessionId, bind, attempt.RunToken, cancel).ConfigureAwait(false);
                        return null;
                    }
                    catch (ProductException e) when (e.Code is ErrorCode.Unauthenticated)
                    {
                        // It is the run's token that is not known, and not this runner.
                        return e.Message;
                    }
                },
                cancel).ConfigureAwait(false);
        }
        catch (ProductException e)
        {
            return e.Message;
        }
    }

    /// <summary>Remembers when an answer came, whatever it was.</summary>
    async Task<T> AskAsync<T>(Func<Task<T>> call)
    {
        try
        {
            var answer = await call().ConfigureAwait(false);
            NoteAnswer();
            return answer;
        }
        catch (ProductException e) when (e.Reason == CoordinatorApi.NoAnswer)
        {
            if (!_isAway)
            {
                _isAway = true;
                LogAway(e.Message);
            }

            throw;
        }
        catch (ProductException)
        {
            NoteAnswer();
            throw;
        }
    }

    /// <param name="most">The longest pause; null = as <see cref="Backoff"/> has it.</param>
    /// <param name="least">What the server said.</param>
    public Task PauseAsync(int failures, CancellationToken cancel, TimeSpan? most = null, TimeSpan? least = null)
    {
        var pause = Backoff.Delay(failures, RandomNumberGenerator.GetInt32(1000) / 1000.0, least);
        return Task.Delay(most < pause ? most.Value : pause, time, cancel);
    }

    /// <summary>Says goodbye, if the server listens.</summary>
    public async Task DeregisterAsync(TimeSpan patience)
    {
        if (_registered is not { } registered)
        {
            return;
        }

        using var timed = new CancellationTokenSource(patience, time);
        try
        {
            await api.DeregisterAsync(registered.RunnerId, self.InstanceId, timed.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ProductException or OperationCanceledException)
        {
            LogNoGoodbye(e.Message);
        }
    }

    public void Dispose() => _registering.Dispose();

    void NoteAnswer()
    {
        Volatile.Write(ref _lastAnswer, time.GetTimestamp());
        if (_isAway)
        {
            _isAway = false;
            LogBack();
        }
    }

    [LoggerMessage(LogLevel.Information, "Registered as {RunnerId}, offering {Executors}")]
    partial void LogRegistered(string runnerId, string executors);

    [LoggerMessage(LogLevel.Information, "The server was not told that this runner leaves: {Reason}")]
    partial void LogNoGoodbye(string reason);

    [LoggerMessage(LogLevel.Warning, "{Reason}; output is kept until it is back")]
    partial void LogAway(string reason);

    [LoggerMessage(LogLevel.Information, "The server answers again")]
    partial void LogBack();
}
