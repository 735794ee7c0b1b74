using Xunit;

namespace AgentOrchestrator.Tests.Runner.Processes;

/// <summary>Counts what the whole process allocates, so nothing else may run meanwhile.</summary>
[Collection(nameof(LongLineTests))]
[CollectionDefinition(nameof(LongLineTests), DisableParallelization = true)]
public sealed class LongLineTests
{
    [Fact]
    public async Task A_line_of_200_MB_is_cut_in_bounded_memory_and_the_next_line_is_whole()
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await using var child = Shell.Start("head -c 200000000 /dev/zero | tr '\\0' x; echo; echo next");

        var lines = await Shell.ReadAllAsync(child).WaitAsync(Shell.Soon);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

        Assert.Equal([(1024 * 1024, 200_000_000L, true), (4, 4L, false)], lines.Select(l => (l.Bytes.Length, l.Length, l.IsCut)));
        Assert.InRange(allocated, 0, 100_000_000);
    }
}
