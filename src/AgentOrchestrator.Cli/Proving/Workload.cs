using System.Globalization;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Cli.Proving;

/// <summary>What people and agents do meanwhile: append, start parents with children, send further messages, stop.</summary>
/// <remarks>Each operation is repeated under one key until it is acknowledged or refused, as a careful client does.</remarks>
sealed class Workload(OrchestratorClient client, History history, int seed, TimeProvider time)
{
    public const int Writers = 4;
    const int Starters = 6;
    const int Children = 3;

    static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    public static string WriterSession(int writer) => string.Create(CultureInfo.InvariantCulture, $"writer-{writer}");

    /// <summary>Runs until it is told that it is over; fails with the first refusal that should not be.</summary>
    /// <param name="cancel">Also ends what has to be done when it is over.</param>
    public async Task RunAsync(CancellationToken over, CancellationToken cancel)
    {
        Task[] all =
        [
            .. Enumerable.Range(0, Writers).Select(n => Task.Run(() => WriteAsync(n, over), CancellationToken.None)),
            .. Enumerable.Range(0, Starters).Select(n => Task.Run(() => StartAsync(n, over, cancel), CancellationToken.None)),
        ];
        await foreach (var ended in Task.WhenEach(all))
        {
            await ended;
        }
    }

    /// <summary>A run that ends with its lease alone, and one that waits for its session.</summary>
    /// <returns>Null when all is over.</returns>
    public async Task<RunCreated?> StartHeldAsync(string name, CancellationToken over)
    {
        var held = await StartAsync(name, WitnessMode.Endless, null, over);
        if (held is not null)
        {
            await ResumeAsync(held.SessionId, name, WitnessMode.Short, over);
        }

        return held;
    }

    async Task WriteAsync(int writer, CancellationToken over)
    {
        var session = WriterSession(writer);
        await RepeatAsync(
            () => history.NoteAsync(
                "session", session, () => client.Sessions.CreateAsync(new CreateSession { SessionId = session, SessionName = session }, session)),
            over);
        for (var n = 0; !over.IsCancellationRequested; n++)
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"event-{writer}-{n}");
            var posted = new PostEvent { EventType = EventTypes.Message, Role = "user", Timestamp = key };
            if (await RepeatAsync(() => history.NoteAsync("event", key, () => client.Sessions.PostEventAsync(session, posted, key)), over) is not null)
            {
                history.Note(session, key);
            }
        }
    }

    async Task StartAsync(int starter, CancellationToken over, CancellationToken cancel)
    {
        var random = new Random(seed + starter);
        for (var n = 0; !over.IsCancellationRequested; n++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"job-{starter}-{n}");
            var endless = random.Next(6) == 0 ? random.Next(1 + Children) : -1;
            if (await StartAsync(name, endless == 0 ? WitnessMode.Endless : WitnessMode.Draw(random), null, over) is not { } parent)
            {
                continue;
            }

            var sessions = new List<string> { parent.SessionId };
            var toStop = endless == 0 ? parent.SessionId : null;
            for (var child = 1; child <= Children; child++)
            {
                var mode = child == endless ? WitnessMode.Endless : WitnessMode.Draw(random);
                if (await StartAsync(string.Create(CultureInfo.InvariantCulture, $"{name}-{child}"), mode, parent.SessionId, over) is { } started)
                {
                    sessions.Add(started.SessionId);
                    toStop = child == endless ? started.SessionId : toStop;
                }
            }

            if (random.Next(4) == 0)
            {
                await ResumeAsync(parent.SessionId, name, WitnessMode.Draw(random), over);
            }

            if (random.Next(6) == 0)
            {
                toStop ??= sessions[random.Next(sessions.Count)];
            }

            if (toStop is not null)
            {
                await StopAsync(toStop, cancel);
            }

            await UntilAtRestAsync(sessions, over);
        }
    }

    Task<RunCreated?> ResumeAsync(string session, string name, string mode, CancellationToken over) =>
        SendAsync(new CreateRun { Type = RunType.ResumeSession, SessionId = session, Prompt = $"{mode} {name}" }, $"more-{name}", over);

    Task<RunCreated?> StartAsync(string name, string mode, string? parent, CancellationToken over) => SendAsync(
        new CreateRun
        {
            Type = RunType.StartSession,
            SessionName = name,
            ParentSessionId = parent,
            ExecutionMode = parent is null ? ExecutionMode.AsyncPoll : ExecutionMode.AsyncCallback,
            AgentName = Witness.Agent,
            Prompt = $"{mode} {name}",
        },
        $"start-{name}",
        over);

    async Task<RunCreated?> SendAsync(CreateRun run, string key, CancellationToken over)
    {
        var created = await RepeatAsync(() => history.NoteAsync("run", key, () => client.Runs.CreateAsync(run, key)), over);
        if (created is not null)
        {
            history.Note(key, created);
        }

        return created;
    }

    async Task StopAsync(string session, CancellationToken over)
    {
        var asked = HostClock.Now;
        if (await RepeatAsync(() => history.NoteAsync("stop", session, () => client.Sessions.StopAsync(session)), over) is { } answer)
        {
            history.Note(new Stop(asked, HostClock.Now, answer));
        }
    }

    /// <summary>Keeps the queue short: what is measured is trust, not depth.</summary>
    async Task UntilAtRestAsync(List<string> sessions, CancellationToken over)
    {
        foreach (var session in sessions)
        {
            while (!over.IsCancellationRequested
                && await RepeatAsync(() => client.Sessions.GetStatusAsync(session), over) is { Status: "pending" or "running" or "stopping" })
            {
                await PauseAsync(over);
            }
        }
    }

    /// <returns>Null when it was refused for a good reason, or all is over.</returns>
    async Task<T?> RepeatAsync<T>(Func<Task<T>> operation, CancellationToken over)
        where T : class
    {
        while (!over.IsCancellationRequested)
        {
            try
            {
                return await operation();
            }
            catch (ProductException away) when (History.IsUnknown(away))
            {
                await PauseAsync(over);
            }
            catch (ProductException refused) when (refused.Code is ErrorCode.Conflict or ErrorCode.LimitExceeded or ErrorCode.NotPossible)
            {
                // The parent was stopped meanwhile, or the tree is at its bound.
                return null;
            }
        }

        return null;
    }

    async Task PauseAsync(CancellationToken over)
    {
        try
        {
            await Task.Delay(s_pause, time, over);
        }
        catch (OperationCanceledException)
        {
            // The loops look for themselves whether it is over.
        }
    }
}
