using System.Diagnostics;
using AgentOrchestrator.Tools.Catalog;
using AgentOrchestrator.Tools.Outbound;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Bench;

/// <summary>How long it takes to find tools among many.</summary>
static class ToolSearchBench
{
    const int Tools = 1_000;
    const int WarmUp = 500;
    const int Searches = 2_000;

    /// <param name="row">What, floor, ours, bound.</param>
    public static async Task WriteRowsAsync(Action<string, string, string, string> row)
    {
        using var client = new OutboundClient(new OutboundPolicy());
        var tools = Enumerable.Range(0, Tools).Select(n => AIFunctionFactory.Create((string text) => text, $"tool_{n}", $"Does the work of number {n}: {new string('x', 200)}")).ToList();
        await using var catalog = new ToolCatalog(client, tools);
        var grant = new ToolGrant { Agent = "bench", BuiltIn = [.. tools.Select(tool => tool.Name)] };
        var times = new List<double>();
        for (var n = 0; n < WarmUp + Searches; n++)
        {
            var since = Stopwatch.GetTimestamp();
            var box = await catalog.OpenAsync(grant);
            ToolSearch.Find(box.Tools.Select(tool => new AgentTool(grant.Agent, "", tool)), n % 2 == 0 ? $"NUMBER {n % Tools}:" : "nothing of that name");
            if (n >= WarmUp) { times.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds); }
        }

        times.Sort();
        row($"search over {Tools:N0} tools", "–", $"p50 {times[times.Count / 2]:F2} ms, p99 {times[times.Count * 99 / 100]:F2} ms", "p99 ≤ 10 ms");
    }
}
