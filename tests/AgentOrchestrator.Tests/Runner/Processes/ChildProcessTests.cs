using System.Diagnostics;
using System.Text;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Runner.Processes;
using Xunit;

namespace AgentOrchestrator.Tests.Runner.Processes;

public sealed class ChildProcessTests
{
    [Fact]
    public async Task Output_exit_code_and_the_end_of_stderr_are_values()
    {
        await using var child = Shell.Start("echo one; printf two; echo oops >&2; exit 3");

        var lines = await Shell.ReadAllAsync(child).WaitAsync(Shell.Soon);
        var exit = await child.Exit.WaitAsync(Shell.Soon);

        Assert.Equal(["one", "two"], lines.Select(l => l.Text));
        Assert.Equal(new ProcessExit(3), exit);
        Assert.Null(exit.Signal);
        Assert.Equal("oops\n", child.ErrorTail);
    }

    [Fact]
    public async Task A_program_sees_the_given_environment_and_the_mark_and_nothing_else()
    {
        await using var child = Shell.Start("env", token: "abc");

        var names = (await Shell.ReadAllAsync(child).WaitAsync(Shell.Soon)).Select(l => l.Text.Split('=')[0]);

        // The shell itself adds these three.
        Assert.Equal([ProcessMark.Variable, "LANG", "PATH"], names.Except(["PWD", "OLDPWD", "SHLVL", "_"]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Input_reaches_the_program_and_can_be_ended()
    {
        await using var child = Shell.Start("cat");

        Assert.True(await child.WriteLineAsync("hällo", CancellationToken.None));
        Assert.True(await child.WriteLineAsync("", CancellationToken.None));
        child.CloseInput();

        Assert.Equal(["hällo", ""], (await Shell.ReadAllAsync(child).WaitAsync(Shell.Soon)).Select(l => l.Text));
        Assert.Equal(new ProcessExit(0), await child.Exit.WaitAsync(Shell.Soon));
    }

    [Fact]
    public async Task Bytes_that_are_not_text_survive()
    {
        await using var child = Shell.Start(@"printf '\377\000\376\ncr\r\n\n\342\202'");

        var lines = await Shell.ReadAllAsync(child).WaitAsync(Shell.Soon);

        Assert.Equal(["FF00FE", "6372", "", "E282"], lines.Select(l => Convert.ToHexString(l.Bytes.Span)));
        Assert.Equal("\uFFFD\0\uFFFD", lines[0].Text);
    }

    [Fact]
    public async Task Only_the_end_of_endless_stderr_is_kept()
    {
        await using var child = Shell.Start("yes 'noise €' | head -c 3000000 >&2; printf 'the reason' >&2; exit 1");

        Assert.Equal(1, (await child.Exit.WaitAsync(Shell.Soon)).Code);
        Assert.EndsWith("the reason", child.ErrorTail, StringComparison.Ordinal);
        Assert.InRange(Encoding.UTF8.GetByteCount(child.ErrorTail), 16_000, 16_384);
        Assert.DoesNotContain('\uFFFD', child.ErrorTail);
    }

    [Fact]
    public async Task A_program_that_never_reads_blocks_only_the_writer_and_can_be_stopped()
    {
        await using var child = Shell.Start("exec sleep 300");

        var write = child.WriteAsync(new byte[10_000_000], CancellationToken.None);
        Assert.False(write.IsCompleted);

        Assert.Equal(ProcessSignal.SIGTERM, await child.StopAsync(ProcessSignal.SIGTERM, Shell.Soon));
        Assert.False(await write.WaitAsync(Shell.Soon));
        Assert.Equal("SIGTERM", (await child.Exit).Signal);
    }

    [Fact]
    public async Task A_program_that_never_stops_writing_can_be_stopped_unread()
    {
        await using var child = Shell.Start("exec yes");

        Assert.Equal(ProcessSignal.SIGTERM, await child.StopAsync(ProcessSignal.SIGTERM, Shell.Soon));
        await Shell.ReadAllAsync(child).WaitAsync(Shell.Soon);
    }

    [Fact]
    public async Task A_program_that_obeys_SIGINT_ends_in_its_own_way()
    {
        await using var child = Shell.Start("trap 'echo bye; exit 0' INT; echo ready; while :; do sleep 0.05; done");
        var lines = child.ReadLinesAsync(CancellationToken.None).GetAsyncEnumerator();
        await Shell.ReadToAsync(lines, "ready");

        Assert.Equal(ProcessSignal.SIGINT, await child.StopAsync(ProcessSignal.SIGINT, Shell.Soon));
        await Shell.ReadToAsync(lines, "bye");
        Assert.Equal(new ProcessExit(0), await child.Exit);
    }

    [Fact]
    public async Task A_program_that_ignores_SIGTERM_is_killed_after_the_grace()
    {
        await using var child = Shell.Start("trap '' TERM INT; echo ready; while :; do sleep 0.05; done");
        await Shell.ReadToAsync(child.ReadLinesAsync(CancellationToken.None).GetAsyncEnumerator(), "ready");
        var clock = Stopwatch.StartNew();

        Assert.Equal(ProcessSignal.SIGKILL, await child.StopAsync(ProcessSignal.SIGTERM, TimeSpan.FromMilliseconds(300)));
        Assert.Equal("SIGKILL", (await child.Exit).Signal);
        Assert.InRange(clock.Elapsed, TimeSpan.FromMilliseconds(290), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void A_missing_program_and_a_missing_folder_are_named()
    {
        var spec = new ProcessSpec { Program = "no-such-program", WorkingDirectory = "/", Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" } };

        Assert.Contains("no-such-program was not found", Assert.Throws<ProductException>(() => ChildProcess.Start(spec)).Message, StringComparison.Ordinal);

        var elsewhere = spec with { Program = OperatingSystem.IsWindows() ? "cmd" : "sh", WorkingDirectory = "/no/such/folder" };
        Assert.Contains("/no/such/folder", Assert.Throws<ProductException>(() => ChildProcess.Start(elsewhere)).Message, StringComparison.Ordinal);
    }
}
