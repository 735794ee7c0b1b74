using System.Diagnostics;
using System.Globalization;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.ServerTests.Runner;

namespace AgentOrchestrator.ServerTests.Chat;

/// <summary>kill -9 of a runner whose agents call a tool that must not be called twice. <c>TEST_KILLS=200</c> is the long form.</summary>
public sealed class ChatKillTests(ITestOutputHelper output) : IAsyncLifetime
{
    const int Turns = 10, CallsEach = 12;

    static readonly int s_kills = Environment.GetEnvironmentVariable("TEST_KILLS") is { Length: > 0 } kills
        ? int.Parse(kills, CultureInfo.InvariantCulture)
        : Environment.GetEnvironmentVariable("TEST_LEVEL") is "full" ? 20 : 3;

    TestServer _server = null!;
    RunClient _runs = null!;
    Process _runner = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(options => options with
        {
            Coordinator = options.Coordinator with { Lease = TimeSpan.FromMinutes(2) },
        });
        _runs = new RunClient(_server.Client);
        await _server.Client.PostJsonAsync("/agents", Agent(), expected: 201);
        _runner = StartRunner();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_killed_runner_repeats_no_call_and_loses_no_result()
    {
        var random = new Random(20_261_123);
        var runs = new List<RunCreated>();
        var unknown = 0;
        for (var kill = 0; kill < s_kills;)
        {
            var run = await _runs.StartAsync($"talk {runs.Count}", agent: "talker");
            runs.Add(run);
            for (; kill < s_kills && await IsWrittenAsync(run, random.Next(1, 25)); kill++)
            {
                // At any moment: in the tool, before and after it, in a call of the model, in what is told of them.
                await Task.Delay(random.Next(20));
                await KillAsync();
                _runner = StartRunner();
            }

            unknown += await CheckAsync(run, $"talk {runs.Count - 1}");
        }

        output.WriteLine($"{s_kills} kills in {runs.Count} runs with {runs.Count * Turns * CallsEach} calls, of {unknown} nobody knew how they ended");
    }

    /// <returns>False when the run ends before so many lines are added.</returns>
    async Task<bool> IsWrittenAsync(RunCreated run, int lines)
    {
        var before = Witness().Length;
        var hasEnded = false;
        await RunClient.WaitAsync(
            async () => Witness().Length >= before + lines || (hasEnded = (await _runs.FindAsync(run.RunId)).Status is RunStatus.Completed or RunStatus.Failed),
            $"{lines} more lines");
        return !hasEnded;
    }

    /// <summary>Every call once in the log, with a result that is once in the file, or with the word that nobody knows.</summary>
    async Task<int> CheckAsync(RunCreated run, string prompt)
    {
        var end = await _runs.WaitForEndAsync(run.RunId);
        Assert.True(end.Status is RunStatus.Completed, $"{end.Reason}: {end.Error}");
        Assert.Equal(1, end.Attempt);
        var log = (await _runs.ReadLogAsync(run.SessionId)).Where(entry => entry.RunId == run.RunId).ToList();
        var calls = Enumerable.Range(0, Turns).SelectMany(turn => Enumerable.Range(0, CallsEach).Select(call => $"{prompt}: {turn}/{call}")).ToList();
        Assert.Equal(calls, log.Where(entry => entry.EventType is EventTypes.PreTool).Select(LineOf));
        var ends = log.Where(entry => entry.EventType is EventTypes.PostTool).ToList();
        Assert.Equal(calls, ends.Select(LineOf));
        Assert.Equal([.. Enumerable.Range(0, Turns).Select(turn => $"Turn {turn}."), "Done."],
            log.Where(entry => entry is { EventType: EventTypes.Message, Role: "assistant" }).Select(RunClient.TextOf));
        Assert.Single(log, entry => entry.EventType is EventTypes.Result);

        var written = Witness().CountBy(line => line).ToDictionary();
        var (known, unknown) = (ends.Where(entry => entry.Error is null).ToList(), ends.Where(entry => entry.Error is not null).ToList());
        Assert.All(known, entry => Assert.Equal((LineOf(entry), 1), (entry.ToolOutput!.Value.GetString(), written.GetValueOrDefault(LineOf(entry)))));
        Assert.All(unknown, entry => Assert.Contains("how it ended is not known", entry.Error, StringComparison.Ordinal));
        Assert.All(unknown, entry => Assert.InRange(written.GetValueOrDefault(LineOf(entry)), 0, 1));
        return unknown.Count;
    }

    static string LineOf(EventView entry) => entry.ToolInput!.Value.GetProperty("line").GetString()!;

    /// <summary>All whole lines of the file.</summary>
    string[] Witness()
    {
        var file = WitnessRunner.FileIn(_server.Folder);
        if (!File.Exists(file)) { return []; }

        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var text = new StreamReader(stream).ReadToEnd();
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    Process StartRunner() => Process.Start(
        new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "AgentOrchestrator.ServerTests"), [WitnessRunner.Verb, _server.Url.ToString(), _server.Folder]) { RedirectStandardInput = true })!;

    async Task KillAsync()
    {
        _runner.Kill();
        await _runner.WaitForExitAsync();
        _runner.Dispose();
    }

    static object Agent()
    {
        object script = new { reply = "Done." };
        foreach (var turn in Enumerable.Range(0, Turns).Reverse())
        {
            var calls = Enumerable.Range(0, CallsEach).Select(call => new { name = WitnessRunner.Tool, input = new { line = $"{{prompt}}: {turn}/{call}" } });
            script = new { reply = $"Turn {turn}.", calls, then = script };
        }

        return new { name = "talker", description = "d", executor = "chat", provider = "scripted", script = new[] { script } };
    }
}
