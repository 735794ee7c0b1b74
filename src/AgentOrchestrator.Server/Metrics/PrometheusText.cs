using System.Globalization;
using System.Text;

namespace AgentOrchestrator.Server.Metrics;

/// <summary>Metrics in the text format of Prometheus, version 0.0.4.</summary>
static class PrometheusText
{
    public const string MediaType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(IEnumerable<MetricFamily> families)
    {
        var text = new StringBuilder(16 * 1024);
        foreach (var family in families)
        {
            var series = family.All.ToList();
            if (series.Count > 0)
            {
                var name = NameOf(family);
                text.Append("# HELP ").Append(name).Append(' ').Append(Escape(family.Instrument.Description ?? "", isLabel: false)).Append('\n');
                text.Append("# TYPE ").Append(name).Append(' ').Append(family.IsHistogram ? "histogram" : family.IsCounter ? "counter" : "gauge").Append('\n');
                foreach (var (labels, values) in series.OrderBy(pair => string.Join('\n', pair.Key.Pairs.Select(label => label.Value)), StringComparer.Ordinal))
                {
                    Write(text, name, family, labels, values);
                }
            }
        }

        return text.ToString();
    }

    /// <summary>As OpenTelemetry's rules translate it: the unit at the end, then <c>_total</c> for what only grows.</summary>
    public static string NameOf(MetricFamily family)
    {
        var name = Plain(family.Instrument.Name);
        var unit = family.Instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        name = name.EndsWith(unit, StringComparison.Ordinal) ? name : name + unit;
        return family.IsCounter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    static void Write(StringBuilder text, string name, MetricFamily family, Labels labels, Series series)
    {
        var (value, buckets) = series.Read();
        if (!family.IsHistogram)
        {
            Line(text, name, labels, null, value);
            return;
        }

        var count = 0L;
        for (var i = 0; i < buckets.Length; i++)
        {
            count += buckets[i];
            Line(text, name + "_bucket", labels, i < family.Bounds.Length ? Number(family.Bounds[i]) : "+Inf", count);
        }

        Line(text, name + "_sum", labels, null, value);
        Line(text, name + "_count", labels, null, count);
    }

    static void Line(StringBuilder text, string name, Labels labels, string? bound, double value)
    {
        text.Append(name);
        var separator = '{';
        foreach (var (label, word) in labels.Pairs)
        {
            text.Append(separator).Append(Plain(label)).Append("=\"")
                .Append(Escape(Convert.ToString(word, CultureInfo.InvariantCulture) ?? "", isLabel: true)).Append('"');
            separator = ',';
        }

        if (bound is not null)
        {
            text.Append(separator).Append("le=\"").Append(bound).Append('"');
            separator = ',';
        }

        text.Append(separator is ',' ? "} " : " ").Append(Number(value)).Append('\n');
    }

    static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    static string Plain(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));

    static string Escape(string text, bool isLabel)
    {
        text = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return isLabel ? text.Replace("\"", "\\\"", StringComparison.Ordinal) : text;
    }
}
