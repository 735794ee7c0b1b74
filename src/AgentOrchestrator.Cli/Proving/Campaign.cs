using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Client;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;

namespace AgentOrchestrator.Cli.Proving;

/// <summary>Works in a laboratory, breaks it as planned, waits until it is at rest, and looks whether every promise was kept.</summary>
sealed class Campaign(Laboratory laboratory, CampaignPlan plan, TimeProvider time, Action<string> say) : IDisposable
{
    /// <summary>For everything to come to an end after the last fault: two leases, what is queued, and a slow machine.</summary>
    static readonly TimeSpan s_restWithin = Laboratory.Lease * 2 + TimeSpan.FromSeconds(95);

    static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);

    readonly History _history = new(File.CreateText(Path.Combine(laboratory.Folder, "history.jsonl")));

    public void Dispose() => _history.Dispose();

    public async Task<Proof> RunAsync(CancellationToken cancel)
    {
        var since = time.GetTimestamp();
        await laboratory.OpenAsync(cancel);
        using var client = laboratory.Connect();
        await RequireNothingAsync(client, cancel);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var last = new TaskCompletionSource<long>();
        using var byLine = laboratory.ConnectByLine();
        using var watched = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var watch = new RunWatch(client, laboratory.Outages, time);
        var watching = Task.WhenAll(watch.RunAsync(watched.Token), laboratory.Outages.WatchMachineAsync(watched.Token));
        var workload = new Workload(byLine, _history, plan.Seed, time);
        var work = workload.RunAsync(over.Token, cancel);
        await UntilCountAsync(50, work, cancel);
        var followed = FollowAsync(client, last.Task);

        await BreakAsync(workload, watch, work, cancel);
        await UntilCountAsync(plan.Operations, work, cancel);
        await over.CancelAsync();
        await UntilAsync(() => Task.FromResult(work.IsCompletedSuccessfully), work, cancel);
        await EndFeedAsync(client, last, cancel);
        var rest = await RestAsync(client, cancel);
        await watched.CancelAsync();
        await watching;

        var survivors = LabSurvivors.Programs(laboratory.Folder);
        var checks = new Checks(client, _history, await laboratory.Witness.ReadAsync(), watch, laboratory.Outages);
        var findings = await checks.RunAsync(Workload.WriterSession(0), await followed);
        var data = await laboratory.VerifyAsync(cancel);
        return new Proof
        {
            Seed = plan.Seed,
            Database = plan.Database is null ? "sqlite" : "postgresql",
            ServerKills = plan.ServerKills,
            RunnerKills = plan.RunnerKills,
            RunnersFrozen = plan.Freezes,
            KeeperKills = plan.KeeperKills,
            Crashes = plan.Crashes,
            LineFaults = plan.LineFaults,
            Operations = plan.Operations,
            AcknowledgedOperations = _history.Count,
            Runs = checks.Runs.Count,
            Seconds = Math.Round(time.GetElapsedTime(since).TotalSeconds, 1),
            SecondsToRest = Math.Round(rest.TotalSeconds, 1),
            SlowestLossSeconds = Math.Round(watch.Losses.Slowest.TotalSeconds, 1),
            Findings =
            [
                .. findings,
                new("Nothing of an ended run is left alive", checks.Runs.Count, [.. survivors.Select(id => $"process {id}")]),
                .. data is null ? (Finding[])[] : [new("The data folder is whole", data.Events, [.. data.Findings.Select(finding => $"{finding.Kind}: {finding.What}")])],
            ],
        };
    }

    /// <summary>What is there already would be taken for what the campaign did.</summary>
    static async Task RequireNothingAsync(OrchestratorClient client, CancellationToken cancel)
    {
        if ((await client.Sessions.ListAsync(cancel: cancel)).Sessions.Count > 0)
        {
            throw new ProductException(ErrorCode.Conflict, "The database holds sessions; name an empty one, for this campaign alone");
        }
    }

    async Task BreakAsync(Workload workload, RunWatch watch, Task work, CancellationToken cancel)
    {
        var random = new Random(plan.Seed);
        var done = 0;
        foreach (var fault in plan.Shuffle(random))
        {
            var more = _history.Count + random.Next(20, 200);
            await UntilCountAsync(more, work, cancel);
            await (fault switch
            {
                Fault.KillServer => laboratory.KillServerAsync(cancel),
                Fault.KillRunner => laboratory.KillRunnerAsync(random.Next(laboratory.Runners)),
                Fault.FreezeRunner => FreezeAsync(workload, watch, $"held-{done}", work, cancel),
                Fault.KillKeeper => UntilAsync(() => Task.FromResult(laboratory.KillKeeper(random)), work, cancel),
                Fault.Crash crash => CrashAsync(crash.Place, work, cancel),
                Fault.Line line => StrikeAsync(line.Fault, random, work, cancel),
                _ => throw new InvalidOperationException($"Nobody knows how to do {fault}."),
            });
            laboratory.RestartEnded();
            say($"{++done} of {plan.Total} faults, {_history.Count} acknowledged operations");
        }
    }

    /// <summary>Of the runner that holds a program which would work on for long, and for whose end a message waits.</summary>
    async Task FreezeAsync(Workload workload, RunWatch watch, string name, Task work, CancellationToken cancel)
    {
        if (await workload.StartHeldAsync(name, cancel) is not { } held)
        {
            return;
        }

        string? runner = null;
        await UntilAsync(
            () =>
            {
                laboratory.RestartEnded();
                var run = watch.Find(held.RunId);
                runner = run is null ? null : watch.RunnerOf(run);
                return Task.FromResult(run is not (null or { Status: RunStatus.Pending or RunStatus.Claimed }) && (runner is not null || !Checks.IsOpen(run)));
            }, work, cancel);
        await laboratory.FreezeRunnerAsync(runner is null ? 0 : laboratory.IndexOf(runner), cancel);
    }

    Task CrashAsync(string place, Task work, CancellationToken cancel)
    {
        laboratory.ArmCrash(place);
        return UntilAsync(
            () =>
            {
                laboratory.RestartEnded();
                return laboratory.HasCrashedAsync(place, cancel);
            }, work, cancel);
    }

    Task StrikeAsync(LineFault fault, Random random, Task work, CancellationToken cancel)
    {
        var struck = laboratory.StrikeLine(fault, random);
        return UntilAsync(
            () =>
            {
                laboratory.RestartEnded();
                return Task.FromResult(struck.IsCompleted);
            }, work, cancel);
    }

    /// <summary>One more event, after which the feed has nothing to wait for.</summary>
    static async Task EndFeedAsync(OrchestratorClient client, TaskCompletionSource<long> last, CancellationToken cancel)
    {
        var session = Workload.WriterSession(0);
        var before = await client.Sessions.GetAsync(session, cancel);
        last.SetResult(before.LastSeq + 1);
        await client.Sessions.PostEventAsync(session, new PostEvent { EventType = EventTypes.Message, Role = "user", Timestamp = "the-end" }, cancel: cancel);
    }

    /// <summary>No run open, and none to come: callbacks resume parents until none is left.</summary>
    async Task<TimeSpan> RestAsync(OrchestratorClient client, CancellationToken cancel)
    {
        say("waiting until everything is at rest");
        var since = time.GetTimestamp();
        while (time.GetElapsedTime(since) < s_restWithin && (await client.Runs.ListAsync(cancel: cancel)).Runs.Any(Checks.IsOpen))
        {
            laboratory.RestartEnded();
            await Task.Delay(s_look, time, cancel);
        }

        return time.GetElapsedTime(since);
    }

    /// <summary>However slow the machine is, as long as it moves.</summary>
    async Task UntilCountAsync(long operations, Task work, CancellationToken cancel)
    {
        for (var seen = _history.Count; seen < operations; seen = _history.Count)
        {
            await UntilAsync(() => Task.FromResult(_history.Count > seen), work, cancel);
        }
    }

    async Task UntilAsync(Func<Task<bool>> condition, Task work, CancellationToken cancel)
    {
        var since = time.GetTimestamp();
        while (!await condition())
        {
            if (work.IsFaulted)
            {
                await work;
            }

            if (time.GetElapsedTime(since) > s_restWithin)
            {
                throw new ProductException(ErrorCode.Timeout, $"Nothing moves any more; the logs in {laboratory.Folder} say where it stands");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), time, cancel);
        }
    }

    /// <summary>Reads the feed through all faults, to the end that the source is given.</summary>
    static async Task<IReadOnlyList<long>> FollowAsync(OrchestratorClient client, Task<long> last)
    {
        var sequences = new List<long>();
        using var patience = new CancellationTokenSource();
        try
        {
            await foreach (var frame in client.Sessions.FollowAsync(Workload.WriterSession(0), 0, cancel: patience.Token))
            {
                if (frame is FeedFrame.Logged { Event: var logged })
                {
                    sequences.Add(logged.Seq);
                }

                if (last.IsCompletedSuccessfully)
                {
                    if (sequences.Count > 0 && sequences[^1] >= await last)
                    {
                        break;
                    }

                    patience.CancelAfter(s_restWithin);
                }
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            // What is missing shows in the comparison.
        }

        return sequences;
    }
}
