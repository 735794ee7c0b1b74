using System.Globalization;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Runner.Processes;
using AgentOrchestrator.ServerTests.Cli;

namespace AgentOrchestrator.ServerTests.Runner;

/// <summary>kill -9 of <c>ao runner</c>: nothing runs twice, nothing stays alive, no run stays open.</summary>
public sealed class RunnerKillTests(ITestOutputHelper output)
{
    static readonly int s_kills = Environment.GetEnvironmentVariable("TEST_LEVEL") is "full" ? 25 : 3;

    [Fact]
    public async Task A_killed_runner_leaves_no_process_and_no_run_is_executed_twice()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("process trees are followed on Linux only");
        }

        await using var server = await TestServer.StartAsync(options => options with
        {
            Coordinator = options.Coordinator with { Lease = TimeSpan.FromSeconds(20), ClaimAck = TimeSpan.FromSeconds(2) },
        });
        var runs = new RunClient(server.Client);
        var witness = new Witness(server.Folder);
        var ao = new AoProgram(server.Url, server.Folder) { Environment = { ["AGENT_ORCHESTRATOR_CLAUDE"] = witness.Program } };
        var random = new Random(20_261_122);
        var outcomes = new List<string>();

        var runner = ao.Start(["ao", "runner"]);
        for (var kill = 0; kill < s_kills; kill++)
        {
            witness.CloseGate();
            var started = await runs.StartAsync($"kill {kill}");
            if (kill % 5 == 4)
            {
                // Somewhere between the claim and the first line of output.
                var point = random.Next(3);
                await RunClient.WaitAsync(
                    async () => await runs.FindAsync(started.RunId) switch
                    {
                        { Status: RunStatus.Pending } => false,
                        { Status: RunStatus.Claimed } => point == 0,
                        _ => point <= 1 || witness.Starts(started.RunId).Count > 0,
                    },
                    $"point {point} of the start");
            }
            else
            {
                await RunClient.WaitAsync(() => witness.Starts(started.RunId).Count > 0, "the start of the program");
            }

            await runner.SignalAsync("KILL");
            await runner.DisposeAsync();
            runner = ao.Start(["ao", "runner"]);
            witness.OpenGate();

            var run = await runs.WaitForEndAsync(started.RunId);
            outcomes.Add($"{run.Status} {run.Reason}");
            var starts = witness.Starts(started.RunId);
            // What was started goes on; only what never was is lost.
            Assert.Equal(run.Reason == "lost" ? 0 : 1, starts.Count);
            Assert.True(run is { Status: RunStatus.Completed } or { Status: RunStatus.Failed, Reason: "lost" }, $"{run.Status} {run.Reason}: {run.Error}");
            await RunClient.WaitAsync(() => starts.SelectMany(ids => ids).All(id => ProcFs.Find(id) is null), "the end of all that was started");
            await runs.ReadLogAsync(started.SessionId);
        }

        await runner.SignalAsync("TERM");
        Assert.Equal(0, (await runner.EndAsync()).ExitCode);
        await runner.DisposeAsync();
        output.WriteLine(string.Join(", ", outcomes.GroupBy(o => o).Select(g => $"{g.Count()} x {g.Key}")));
    }

    /// <summary>Plays Claude Code: writes down each start, leaves a process in a session of its own, and waits for its gate.</summary>
    sealed class Witness
    {
        readonly string _starts;
        readonly string _gate;

        public Witness(string folder)
        {
            _starts = Path.Combine(folder, "starts");
            _gate = Path.Combine(folder, "gate");
            Program = Path.Combine(folder, "claude");
            File.WriteAllText(Program, $$"""
                #!/bin/sh
                if [ "$1" = --version ]; then echo "2.1.329 (Claude Code)"; exit; fi
                setsid sleep 300 &
                echo "$AGENT_ORCHESTRATOR_RUN_ID $$ $!" >> {{_starts}}
                echo '{"type":"system","subtype":"init","session_id":"6f0c8c1e-0000-4000-8000-000000000000","tools":[],"model":"none"}'
                while [ ! -e {{_gate}} ]; do sleep 0.05; done
                echo '{"type":"result","subtype":"success","is_error":false,"result":"done","session_id":"6f0c8c1e-0000-4000-8000-000000000000","num_turns":1}'
                """);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(Program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }

        public string Program { get; }

        public void OpenGate() => File.WriteAllText(_gate, "");

        public void CloseGate() => File.Delete(_gate);

        /// <summary>The process ids of each start of a run.</summary>
        public IReadOnlyList<IReadOnlyList<int>> Starts(string runId) =>
        [
            .. (File.Exists(_starts) ? File.ReadAllLines(_starts) : [])
                .Select(line => line.Split(' '))
                .Where(words => words[0] == runId)
                .Select(words => words[1..].Select(id => int.Parse(id, CultureInfo.InvariantCulture)).ToList()),
        ];
    }
}
