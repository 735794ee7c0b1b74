using System.Globalization;
using AgentOrchestrator.Runner.Processes;
using Xunit;

namespace AgentOrchestrator.Tests.Runner.Processes;

public sealed class ProcessTreeTests
{
    /// <summary>Each script leaves one process behind and prints its id, "ready", and waits or ends as it says.</summary>
    public static TheoryData<string, string> Strays => new()
    {
        { "a child", "sleep 300 & echo $!" },
        { "a child in a session of its own", "setsid sleep 300 & echo $!" },
        { "a grandchild that lost its parent", "sh -c 'sleep 300 & echo $!'" },
        { "a grandchild that lost its parent, in a session of its own", "sh -c 'setsid sleep 300 & echo $!'" },
        { "a daemon that closed its output", "sh -c 'setsid sleep 300 >/dev/null 2>&1 </dev/null & echo $!'" },
        { "a grandchild that lost its parent and dropped its environment", "sh -c 'env -i sleep 300 & echo $!'" },
        { "a child that ignores every signal that can be ignored", "sh -c 'trap \"\" INT TERM HUP; echo $$; exec sleep 300' & sleep 0.1" },
        { "a child that is stopped", "sleep 300 & kill -STOP $!; echo $!" },
    };

    [Theory]
    [MemberData(nameof(Strays))]
    [InlineData("a child in a session of its own that dropped its environment", "env -i setsid sleep 300 & echo $!")]
    public async Task A_stop_leaves_nothing(string what, string script)
    {
        Shell.NeedsLinux();
        await using var child = Shell.Start($"{script}; echo ready; trap '' TERM; while :; do sleep 0.05; done");
        var stray = await ReadStrayAsync(child, untilEnd: false);

        Assert.True(Shell.IsAlive(stray), what);
        await child.StopAsync(ProcessSignal.SIGTERM, TimeSpan.Zero).WaitAsync(Shell.Soon);

        Assert.False(Shell.IsAlive(stray), what);
    }

    [Theory]
    [MemberData(nameof(Strays))]
    public async Task A_normal_exit_leaves_nothing_and_ends_the_output(string what, string script)
    {
        Shell.NeedsLinux();
        await using var child = Shell.Start($"{script}; sleep 0.1; echo ready; exit 7");

        var stray = await ReadStrayAsync(child, untilEnd: true);

        Assert.Equal(7, (await child.Exit.WaitAsync(Shell.Soon)).Code);
        Assert.False(Shell.IsAlive(stray), what);
    }

    [Fact]
    public async Task Output_ends_although_a_stranger_holds_it_open()
    {
        Shell.NeedsLinux();
        var child = Shell.Start("sh -c 'env -i setsid sleep 300 & echo $!'; sleep 0.1; echo last");

        var lines = await Shell.ReadAllAsync(child).WaitAsync(Shell.Soon);
        await child.DisposeAsync();

        Assert.Equal("last", lines[^1].Text);
        var stray = int.Parse(lines[0].Text, CultureInfo.InvariantCulture);
        ProcessTree.Send(ProcFs.Find(stray)!.Value, ProcessSignal.SIGKILL);
    }

    [Fact]
    public async Task A_fork_storm_is_ended()
    {
        Shell.NeedsLinux();
        var token = ProcessMark.New();
        await using var child = Shell.Start("""
            storm() { while :; do sh -c 'sleep 0.02; setsid sh -c "sleep 0.05" & exit' & sleep 0.01; done; }
            storm & storm & echo ready; wait
            """, token);
        await Shell.ReadToAsync(child.ReadLinesAsync(CancellationToken.None).GetAsyncEnumerator(), "ready");

        await child.StopAsync(ProcessSignal.SIGTERM, TimeSpan.Zero).WaitAsync(Shell.Soon);

        Assert.Empty(ProcessTree.Members(await ProcScan.TakeAsync(), System.Text.Encoding.UTF8.GetBytes(token), null));
    }

    [Fact]
    public async Task One_process_of_an_attempt_ends_without_the_others_and_the_attempt_ends_all()
    {
        Shell.NeedsLinux();
        var attempt = ProcessMark.New();
        await using var first = Shell.Start("exec sleep 300", attempt);
        await using var second = Shell.Start("exec sleep 300", attempt);
        await using var stranger = Shell.Start("exec sleep 300", attempt + "0");

        await first.StopAsync(ProcessSignal.SIGTERM, Shell.Soon);
        Assert.True(Shell.IsAlive(second.Id));

        Assert.Equal(1, await ProcessTree.KillAsync(attempt).WaitAsync(Shell.Soon));
        Assert.Equal("SIGKILL", (await second.Exit.WaitAsync(Shell.Soon)).Signal);
        Assert.True(Shell.IsAlive(stranger.Id));
    }

    static async Task<int> ReadStrayAsync(ChildProcess child, bool untilEnd)
    {
        var stray = 0;
        var isReady = false;
        var lines = child.ReadLinesAsync(CancellationToken.None).GetAsyncEnumerator();
        while ((untilEnd || stray == 0 || !isReady) && await lines.MoveNextAsync().AsTask().WaitAsync(Shell.Soon))
        {
            isReady |= lines.Current.Text == "ready";
            _ = stray != 0 || int.TryParse(lines.Current.Text, CultureInfo.InvariantCulture, out stray);
        }

        Assert.True(isReady);
        return stray;
    }
}
