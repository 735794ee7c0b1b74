using System.Diagnostics.Metrics;
using AgentOrchestrator.Server.Metrics;

namespace AgentOrchestrator.ServerTests.Metrics;

public sealed class MetricFamilyTests : IDisposable
{
    readonly Meter _meter = new("test");

    public void Dispose() => _meter.Dispose();

    [Fact]
    public void What_is_past_the_bound_is_added_up_in_one_series()
    {
        var family = new MetricFamily(_meter.CreateCounter<long>("things"));
        for (var i = 0; i < 3 * MetricFamily.MaxSeries; i++)
        {
            family.Note(1, [new("name", $"n{i}")]);
        }

        Assert.Equal(MetricFamily.MaxSeries + 1, family.All.Count());
        Assert.Equal(2 * MetricFamily.MaxSeries, family.All.Single(series => series.Key == Labels.Others).Value.Read().Value);
    }

    [Fact]
    public void A_histogram_counts_what_is_at_most_its_bound()
    {
        var histogram = _meter.CreateHistogram("wait", "s", "How long.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 5] });
        var family = new MetricFamily(histogram);
        foreach (var value in new[] { 0.5, 1, 2, 7 })
        {
            family.Note(value, []);
        }

        Assert.Equal(
            """
            # HELP wait_seconds How long.
            # TYPE wait_seconds histogram
            wait_seconds_bucket{le="1"} 2
            wait_seconds_bucket{le="5"} 3
            wait_seconds_bucket{le="+Inf"} 4
            wait_seconds_sum 10.5
            wait_seconds_count 4

            """,
            PrometheusText.Write([family]));
    }

    [Fact]
    public void A_label_cannot_leave_its_quotes()
    {
        var family = new MetricFamily(_meter.CreateCounter<long>("a.b"));
        family.Note(1, [new("x.y", "\"} 1\nevil{\\")]);

        Assert.Contains("a_b_total{x_y=\"\\\"} 1\\nevil{\\\\\"} 1\n", PrometheusText.Write([family]), StringComparison.Ordinal);
    }
}
