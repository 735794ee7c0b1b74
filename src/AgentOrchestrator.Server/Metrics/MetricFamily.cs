using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace AgentOrchestrator.Server.Metrics;

/// <summary>All series of one instrument. More than <see cref="MaxSeries"/> sets of labels are added up in one of their own.</summary>
sealed class MetricFamily(Instrument instrument)
{
    public const int MaxSeries = 1_000;

    static readonly double[] s_seconds = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 30, 120];

    readonly ConcurrentDictionary<Labels, Series> _series = new();

    public Instrument Instrument => instrument;

    public bool IsHistogram { get; } = instrument is Histogram<double> or Histogram<long> or Histogram<int>;

    /// <summary>Told its total each time, not what was added.</summary>
    public bool IsAbsolute => instrument.IsObservable;

    public bool IsCounter { get; } = instrument.GetType().Name is var type && type.StartsWith("Counter", StringComparison.Ordinal)
        || instrument.GetType().Name.StartsWith("ObservableCounter", StringComparison.Ordinal);

    public double[] Bounds { get; } =
        (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries?.ToArray()
        ?? (instrument as Histogram<long>)?.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound).ToArray()
        ?? s_seconds;

    public IEnumerable<KeyValuePair<Labels, Series>> All => _series;

    public void Note(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = SeriesOf(Labels.Of(tags));
        if (IsHistogram)
        {
            series.Record(value, Bounds);
        }
        else if (IsAbsolute)
        {
            series.Set(value);
        }
        else
        {
            series.Add(value);
        }
    }

    /// <summary>Before observable instruments are asked again: what they no longer name is gone.</summary>
    public void Forget() => _series.Clear();

    Series SeriesOf(Labels labels)
    {
        if (_series.TryGetValue(labels, out var known))
        {
            return known;
        }

        // Between count and addition another thread may add one too; the bound is of memory, not exact.
        return _series.GetOrAdd(_series.Count < MaxSeries ? labels : Labels.Others, _ => new Series(IsHistogram ? Bounds.Length + 1 : 0));
    }
}

/// <summary>Up to three labels. Instruments of ours have no more, and of others the rest is left out.</summary>
readonly record struct Labels(
    string? FirstName, object? First, string? SecondName = null, object? Second = null, string? ThirdName = null, object? Third = null)
{
    public static Labels Others { get; } = new("overflow", "true");

    public static Labels Of(ReadOnlySpan<KeyValuePair<string, object?>> tags) => tags.Length switch
    {
        0 => default,
        1 => new(tags[0].Key, tags[0].Value),
        2 => new(tags[0].Key, tags[0].Value, tags[1].Key, tags[1].Value),
        _ => new(tags[0].Key, tags[0].Value, tags[1].Key, tags[1].Value, tags[2].Key, tags[2].Value),
    };

    public IEnumerable<(string Name, object? Value)> Pairs
    {
        get
        {
            if (FirstName is not null) { yield return (FirstName, First); }
            if (SecondName is not null) { yield return (SecondName, Second); }
            if (ThirdName is not null) { yield return (ThirdName, Third); }
        }
    }
}

/// <summary>One set of labels: a number, or for a histogram its buckets.</summary>
sealed class Series(int buckets)
{
    readonly Lock _lock = new();
    readonly long[] _buckets = new long[buckets];
    double _value;

    public void Add(double value)
    {
        lock (_lock)
        {
            _value += value;
        }
    }

    public void Set(double value)
    {
        lock (_lock)
        {
            _value = value;
        }
    }

    public void Record(double value, double[] bounds)
    {
        var bucket = Array.FindIndex(bounds, bound => value <= bound);
        lock (_lock)
        {
            _value += value;
            _buckets[bucket < 0 ? bounds.Length : bucket]++;
        }
    }

    /// <summary>The value, for a histogram the sum; and the counts of its buckets.</summary>
    public (double Value, long[] Buckets) Read()
    {
        lock (_lock)
        {
            return (_value, [.. _buckets]);
        }
    }
}
