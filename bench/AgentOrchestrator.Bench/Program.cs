using System.Globalization;
using AgentOrchestrator.Bench;

return args switch
{
    ["floor", var port, var folder] => await Floor(int.Parse(port), folder),
    ["run", var server, .. var rest] => await Report.WriteAsync(server, rest is [var seconds, ..] ? int.Parse(seconds) : 10),
    ["events", var server, var clients, .. var rest] => await Report.WriteEventsAsync(server, int.Parse(clients), rest is [var seconds, ..] ? int.Parse(seconds) : 10),
    ["cycles", var server, var clients, .. var rest] => await Report.WriteCyclesAsync(server, int.Parse(clients), rest is [var seconds, ..] ? int.Parse(seconds) : 10),
    ["loop", var server] => await LoopBench.WriteAsync(server),
    ["soak", var server, .. var rest] => await SoakReport.WriteAsync(server, TimeSpan.FromMinutes(rest is [var minutes, ..] ? double.Parse(minutes, CultureInfo.InvariantCulture) : 60)),
    ["long", var server, .. var rest] => await LongReport.WriteAsync(
        server, rest is [var seconds, ..] ? int.Parse(seconds) : 30, rest is [_, var share] ? double.Parse(share, CultureInfo.InvariantCulture) : 1,
        Environment.GetEnvironmentVariable("BENCH_POSTGRES")),
    _ => Usage(),
};

static async Task<int> Floor(int port, string folder)
{
    await FloorServer.RunAsync(port, folder);
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine("usage: AgentOrchestrator.Bench run PATH-OF-PUBLISHED-SERVER [SECONDS-EACH]   (see bench/README.md)");
    return 2;
}
