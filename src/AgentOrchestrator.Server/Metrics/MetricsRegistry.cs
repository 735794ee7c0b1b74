using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using AgentOrchestrator.Coordinator.Metrics;

namespace AgentOrchestrator.Server.Metrics;

/// <summary>Keeps the present value of every instrument that <c>/metrics</c> shows.</summary>
sealed class MetricsRegistry : IDisposable
{
    readonly ConcurrentDictionary<Instrument, MetricFamily> _families = new();
    readonly MeterListener _listener = new();
    readonly HashSet<Meter> _own;
    readonly Lock _reading = new();

    public MetricsRegistry(EngineMeter engine, ServerMeter server, StateMeter state)
    {
        _own = [engine.Meter, server.Meter, state.Meter];
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (IsShown(instrument))
            {
                listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(instrument, _ => new MetricFamily(instrument)));
            }
        };
        _listener.MeasurementsCompleted = (instrument, family) => _families.TryRemove(new(instrument, (MetricFamily)family!));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((MetricFamily)family!).Note(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => ((MetricFamily)family!).Note(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((MetricFamily)family!).Note(value, tags));
        _listener.Start();
    }

    /// <summary>Asks the observable instruments, then gives all families in the order of their names.</summary>
    public IReadOnlyList<MetricFamily> Read()
    {
        lock (_reading)
        {
            foreach (var family in _families.Values)
            {
                if (family.IsAbsolute)
                {
                    family.Forget();
                }
            }

            _listener.RecordObservableInstruments();
            return [.. _families.Values.OrderBy(family => family.Instrument.Name, StringComparer.Ordinal)];
        }
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>Of others only what costs nothing until it is asked.</summary>
    bool IsShown(Instrument instrument) =>
        _own.Contains(instrument.Meter)
        || instrument.Meter.Name is "AgentOrchestrator.Runner"
        || (instrument.IsObservable && instrument.Meter.Name is "System.Runtime")
        || (instrument.IsObservable && instrument.Name is "db.client.connection.count" or "db.client.connection.max");
}
