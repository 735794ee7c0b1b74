using System.Diagnostics.Metrics;

namespace AgentOrchestrator.Server.Metrics;

/// <summary>What the doors of this server do.</summary>
sealed class ServerMeter : IDisposable
{
    public const string Name = "AgentOrchestrator.Server";

    readonly Counter<long> _requests;
    readonly UpDownCounter<long> _feeds;
    readonly Histogram<double> _tools;

    public ServerMeter()
    {
        _requests = Meter.CreateCounter<long>("agent_orchestrator.http.requests", null, "Requests that were answered, by method, route and status.");
        _feeds = Meter.CreateUpDownCounter<long>("agent_orchestrator.feeds.open", null, "Live readers that are connected, by kind.");
        _tools = Meter.CreateHistogram<double>("agent_orchestrator.tool.call.duration", "s", "Calls of tools by the server, by server, tool and outcome.");
    }

    public Meter Meter { get; } = new(Name);

    public void Answered(string method, string route, string status) =>
        _requests.Add(1, new("method", method), new("route", route), new("status", status));

    /// <summary>A reader has connected; the end of what is returned is its leaving.</summary>
    /// <param name="kind"><c>broadcast</c>, <c>topics</c>, <c>sessions</c> or <c>session</c>.</param>
    public IDisposable FeedOpened(string kind)
    {
        _feeds.Add(1, new KeyValuePair<string, object?>("kind", kind));
        return new Reader(_feeds, kind);
    }

    public void ToolCalled(string server, string tool, string outcome, TimeSpan duration) =>
        _tools.Record(duration.TotalSeconds, new("server", server), new("gen_ai.tool.name", tool), new("outcome", outcome));

    public void Dispose() => Meter.Dispose();

    sealed class Reader(UpDownCounter<long> feeds, string kind) : IDisposable
    {
        public void Dispose() => feeds.Add(-1, new KeyValuePair<string, object?>("kind", kind));
    }
}
