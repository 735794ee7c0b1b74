using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Cli.Sessions;

/// <summary>Queues a run and waits for its end over the feed.</summary>
static class RunWait
{
    /// <param name="after">The last sequence of the session before the run.</param>
    public static async Task<int> SendAsync(Invocation call, CreateRun run, long after, RunFlags flags)
    {
        // Before the request: a run that is queued must never be left without a word.
        using var interrupt = new Interrupt();
        // The key makes a repetition by a layer in between harmless.
        var created = await call.Client.Runs.CreateAsync(run, Ids.New("ao_", 32));
        return await AwaitAsync(call, created, after, flags, interrupt);
    }

    /// <summary>Until the last attempt at the run has ended, unless the flags say not to wait.</summary>
    public static async Task<int> AwaitAsync(Invocation call, RunCreated created, long after, RunFlags flags, Interrupt interrupt)
    {
        if (flags.Detaches)
        {
            ShowStarted(call, created);
            return Ao.ExitOk;
        }

        RunView ended;
        try
        {
            ended = await WaitAsync(call, created, after, flags.Follows, interrupt.Token);
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            return await Detach.AskAsync(call, created);
        }

        return await ShowEndAsync(call, ended);
    }

    static Task<RunView> WaitAsync(Invocation call, RunCreated created, long after, bool follows, CancellationToken cancel)
    {
        var timeline = follows ? Timeline.OnError(call) : null;
        var options = new FeedOptions { ConnectionChanged = reason => ShowConnection(call, reason) };
        return call.Client.WaitForEndAsync(created, after, Show, options, cancel);

        Task Show(FeedFrame frame)
        {
            timeline?.Show(frame);
            return Task.CompletedTask;
        }
    }

    static void ShowConnection(Invocation call, ProductException? reason)
    {
        if (call.Terminal.IsErrorTerminal)
        {
            call.Terminal.Error.WriteLine(
                reason is null ? "The server is back." : $"{PlainText.OneLine(reason.Message)}; the run goes on. Waiting for the server…");
        }
    }

    static void ShowStarted(Invocation call, RunCreated created)
    {
        if (call.WantsJson)
        {
            call.WriteJson(created, ProtocolJson.Default.RunCreated);
            return;
        }

        call.Terminal.WriteForeign(created.SessionName);
        if (call.Terminal.IsErrorTerminal)
        {
            call.Terminal.Error.WriteLine($"Watch it: ao watch {created.SessionName}");
        }
    }

    static async Task<int> ShowEndAsync(Invocation call, RunView run)
    {
        if (call.WantsJson)
        {
            call.WriteJson(run, ProtocolJson.Default.RunView);
            return run.Status is RunStatus.Completed ? Ao.ExitOk : Ao.ExitFailed;
        }

        switch (run.Status)
        {
            case RunStatus.Completed:
                var result = run.ResultText ?? run.ResultData?.GetRawText() ?? await FromSessionAsync(call, run.SessionId);
                call.Terminal.WriteForeign(result);
                return Ao.ExitOk;
            case RunStatus.Stopped:
                throw new ProductException(ErrorCode.NotPossible, $"Session '{run.SessionName}' was stopped before it had a result");
            default:
                throw new ProductException(
                    ErrorCode.NotPossible, run.Error ?? $"The run failed without a reason; 'ao events {run.SessionName}' shows what happened", run.Reason);
        }
    }

    /// <summary>Executors of the predecessor leave their result as the last message of the log.</summary>
    static async Task<string> FromSessionAsync(Invocation call, string session)
    {
        var result = await call.Client.Sessions.GetResultAsync(session);
        return ResultVerb.TextOf(result);
    }
}
