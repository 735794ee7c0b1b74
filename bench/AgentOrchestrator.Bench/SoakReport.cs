using System.Runtime.InteropServices;

namespace AgentOrchestrator.Bench;

/// <summary>What a server that is used for hours needs.</summary>
static class SoakReport
{
    static readonly TimeSpan s_warmUp = TimeSpan.FromMinutes(10);

    public static async Task<int> WriteAsync(string server, TimeSpan time)
    {
        Console.WriteLine($"# Memory in long use\n\n{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, "
            + $"{time.TotalMinutes:N0} minutes, of which the first {Warm(time).TotalMinutes:N0} are a warm-up; client and server share the machine.\n");
        await using var ours = await ServerProcess.StartOursAsync(server);
        using var crowd = new Crowd(ours, 1_000, 200);
        await crowd.OpenAsync();
        var soak = new Soak(ours, crowd);
        await soak.RunAsync(time);
        Console.WriteLine("| What | Figure | Bound |\n|---|---|---|");
        Console.WriteLine($"| growth of resident memory, with 1,000 feeds of which 200 never read, {soak.Lives:N0} lives of runs, {soak.Visits:N0} feeds that came and left | "
            + $"{soak.Slope(Warm(time)):+0.00;-0.00} MB in 10 minutes | ≤ 1 MB |");
        Console.WriteLine($"| the most that was resident | {ours.ReadPeakMemory() / 1048576.0:N0} MB | ≤ 512 MB |");
        return 0;
    }

    static TimeSpan Warm(TimeSpan time) => time / 3 < s_warmUp ? time / 3 : s_warmUp;
}
