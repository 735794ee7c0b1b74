using System.Runtime.InteropServices;

namespace AgentOrchestrator.Bench;

/// <summary>Runs every workload once, floor and ours in turn, and prints a Markdown table.</summary>
static class Report
{
    public static async Task<int> WriteAsync(string server, int seconds)
    {
        var time = TimeSpan.FromSeconds(seconds);
        Console.WriteLine($"# Figures\n\n{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, "
            + $"{seconds} s each, rates after a warm-up of 10 s; client and server share the machine. Read ratios, not absolute numbers.\n");
        Console.WriteLine("| What | Floor | Ours | Ratio or bound |\n|---|---|---|---|");
        foreach (var clients in (int[])[16, 64])
        {
            var floor = await WithFloorAsync(s => Workloads.FloorWritesAsync(s, clients, time, 1));
            var ours = await WithOursAsync(server, s => Workloads.EventsAsync(s.Port, clients, time));
            Row($"acknowledged events/s, {clients} clients", $"{floor.PerSecond:N0}", $"{ours.PerSecond:N0}", $"{ours.PerSecond / floor.PerSecond:F2} (≥ 0.60 at 64)");
        }

        Row("bytes allocated per acknowledged event", "–", $"{await Allocations.PerEventAsync(time):N0} B", "stated");

        await LoopBench.WriteRowsAsync(server, Row);
        await ToolSearchBench.WriteRowsAsync(Row);

        var bareWrites = await WithFloorAsync(s => Workloads.FloorWritesAsync(s, 16, time, 4));
        var floorCycles = await WithFloorAsync(s => Workloads.FloorLifeCyclesAsync(s, 16, time));
        var cycles = await WithOursAsync(server, s => Workloads.LifeCyclesAsync(s, 16, time));
        Row("life cycles/s (create, claim, started, completed), 16 clients", $"{floorCycles.PerSecond:N0}", $"{cycles.PerSecond:N0}", $"{cycles.PerSecond / floorCycles.PerSecond:F2} (≥ 0.60)");
        Row("the same against four bare writes of the floor", $"{bareWrites.PerSecond:N0}", $"{cycles.PerSecond:N0}", $"{cycles.PerSecond / bareWrites.PerSecond:F2} (for scale)");

        var claim = await WithOursAsync(server, s => Workloads.ClaimLatencyAsync(s, 300));
        Row("enqueue to claim by a parked runner", "–", $"p50 {claim.At(0.5):F1} ms, p99 {claim.At(0.99):F1} ms", "p50 ≤ 5, p99 ≤ 25 ms");

        var feed = await WithOursAsync(server, s => Workloads.FeedAsync(s, 300, 100, time));
        Row("one event to 300 readers at 100/s", "–", $"p50 {feed.At(0.5):F1} ms, p99 {feed.At(0.99):F1} ms, {feed.Count:N0} of {300 * 100 * seconds:N0}", "p99 ≤ 100 ms, none lost");

        await using (var filled = await ServerProcess.StartOursAsync(server))
        {
            await Workloads.FillSessionsAsync(filled, 20_000);
            var pages = await Workloads.ListPagesAsync(filled, 300);
            Row("page of 100 of 20,000 sessions", "–", $"p50 {pages.At(0.5):F1} ms, p99 {pages.At(0.99):F1} ms", "p99 ≤ 20 ms");
            var (reads, writes) = await Workloads.MixedAsync(filled, 500, time);
            Row("500 reads/s + 500 writes/s", "–", $"reads {reads.PerSecond:N0}/s p99 {reads.At(0.99):F1} ms; writes {writes.PerSecond:N0}/s p99 {writes.At(0.99):F1} ms", "held, p99 ≤ 50 ms");
        }

        var starts = new List<double>();
        for (var n = 0; n < 5; n++)
        {
            await using var started = await ServerProcess.StartOursAsync(server);
            starts.Add(started.StartTime.TotalMilliseconds);
        }

        Row("start to first 200, empty database", "–", $"median {starts.Order().ElementAt(2):N0} ms", "≤ 500 ms");
        await using var idle = await ServerProcess.StartOursAsync(server, hasRunner: true);
        await Task.Delay(TimeSpan.FromSeconds(5));
        Row("idle memory with embedded runner", "–", $"{idle.ReadMemory() / 1048576.0:N0} MB", "≤ 120 MB");
        return 0;
    }

    public static async Task<int> WriteEventsAsync(string server, int clients, int seconds)
    {
        var time = TimeSpan.FromSeconds(seconds);
        await using (var floor = await ServerProcess.StartFloorAsync())
        {
            await WriteCostAsync("floor", floor, () => Workloads.FloorWritesAsync(floor, clients, time, 1));
        }

        await using var ours = await ServerProcess.StartOursAsync(server);
        await WriteCostAsync("ours", ours, () => Workloads.EventsAsync(ours.Port, clients, time));
        return 0;
    }

    public static async Task<int> WriteCyclesAsync(string server, int clients, int seconds)
    {
        var time = TimeSpan.FromSeconds(seconds);
        await using (var floor = await ServerProcess.StartFloorAsync())
        {
            await WriteCostAsync("floor", floor, () => Workloads.FloorLifeCyclesAsync(floor, clients, time));
        }

        await using var ours = await ServerProcess.StartOursAsync(server);
        await WriteCostAsync("ours", ours, () => Workloads.LifeCyclesAsync(ours, clients, time));
        return 0;
    }

    /// <summary>Processor time of the server, which says more than a rate while others use the machine.</summary>
    static async Task WriteCostAsync(string name, ServerProcess server, Func<Task<Measured>> measure)
    {
        Console.Error.WriteLine($"{name} is process {server.ProcessId}");
        await measure();
        var before = server.ReadProcessorTime();
        var own = Environment.CpuUsage.TotalTime;
        var sent = LeanConnection.Sent;
        var measured = await measure();
        var count = LeanConnection.Sent - sent;
        Console.WriteLine($"{name}: {measured.PerSecond:N0}/s, server {(server.ReadProcessorTime() - before).TotalMicroseconds / count:F1} µs, "
            + $"client {(Environment.CpuUsage.TotalTime - own).TotalMicroseconds / count:F1} µs a request");
    }

    static async Task<Measured> WithFloorAsync(Func<ServerProcess, Task<Measured>> measure)
    {
        await using var floor = await ServerProcess.StartFloorAsync();
        return await measure(floor);
    }

    static async Task<Measured> WithOursAsync(string server, Func<ServerProcess, Task<Measured>> measure)
    {
        await using var ours = await ServerProcess.StartOursAsync(server);
        return await measure(ours);
    }

    static void Row(string what, string floor, string ours, string bound) => Console.WriteLine($"| {what} | {floor} | {ours} | {bound} |");
}
