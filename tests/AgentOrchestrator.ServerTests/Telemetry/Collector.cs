using System.Collections.Concurrent;
using System.Text;

namespace AgentOrchestrator.ServerTests.Telemetry;

/// <summary>A span as it came over the wire.</summary>
sealed record ReceivedSpan(string TraceId, string SpanId, string ParentId, string Name, IReadOnlyDictionary<string, string> Tags);

/// <summary>An OpenTelemetry collector that understands as much of OTLP over HTTP as a test asks about.</summary>
sealed class Collector : IAsyncDisposable
{
    readonly WebApplication _app;

    Collector(WebApplication app) => _app = app;

    public ConcurrentQueue<ReceivedSpan> Spans { get; } = new();

    public ConcurrentDictionary<string, bool> Metrics { get; } = new();

    /// <summary>All that was sent, as it came.</summary>
    public ConcurrentQueue<byte[]> Bodies { get; } = new();

    public string Url => _app.Urls.First();

    public static async Task<Collector> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        var collector = new Collector(app);
        app.UseRouting();
        app.MapPost("/v1/traces", (HttpRequest request) => collector.TakeAsync(request, collector.TakeSpans));
        app.MapPost("/v1/metrics", (HttpRequest request) => collector.TakeAsync(request, collector.TakeMetrics));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    async Task TakeAsync(HttpRequest request, Action<byte[]> take)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        Bodies.Enqueue(body.ToArray());
        take(body.ToArray());
    }

    // ExportTraceServiceRequest.resource_spans.scope_spans.spans
    void TakeSpans(byte[] body)
    {
        foreach (var span in Wire.Each(body, 1).SelectMany(resource => Wire.Each(resource, 2)).SelectMany(scope => Wire.Each(scope, 2)))
        {
            var tags = Wire.Each(span, 9).ToDictionary(
                tag => Text(tag, 1), tag => Wire.Each(tag, 2).SelectMany(value => Wire.Each(value, 1)).Select(Encoding.UTF8.GetString).FirstOrDefault() ?? "");
            Spans.Enqueue(new ReceivedSpan(Hex(span, 1), Hex(span, 2), Hex(span, 4), Text(span, 5), tags));
        }
    }

    void TakeMetrics(byte[] body)
    {
        foreach (var metric in Wire.Each(body, 1).SelectMany(resource => Wire.Each(resource, 2)).SelectMany(scope => Wire.Each(scope, 2)))
        {
            Metrics[Text(metric, 1)] = true;
        }
    }

    static string Text(byte[] message, int field) => Encoding.UTF8.GetString(Wire.Each(message, field).FirstOrDefault() ?? []);

    static string Hex(byte[] message, int field) => Convert.ToHexStringLower(Wire.Each(message, field).FirstOrDefault() ?? []);

    /// <summary>Protocol buffers, as far as one looks for fields that are bytes.</summary>
    static class Wire
    {
        public static IEnumerable<byte[]> Each(byte[] message, int wanted)
        {
            for (var at = 0; at < message.Length;)
            {
                var key = Number(message, ref at);
                switch (key & 7)
                {
                    case 0: Number(message, ref at); break;
                    case 1: at += 8; break;
                    case 5: at += 4; break;
                    case 2:
                        var length = (int)Number(message, ref at);
                        if ((int)(key >> 3) == wanted)
                        {
                            yield return message[at..(at + length)];
                        }

                        at += length;
                        break;
                    default: throw new InvalidDataException($"wire type {key & 7}");
                }
            }
        }

        static ulong Number(byte[] message, ref int at)
        {
            var value = 0UL;
            for (var shift = 0; ; shift += 7)
            {
                var part = message[at++];
                value |= (ulong)(part & 0x7f) << shift;
                if (part < 0x80)
                {
                    return value;
                }
            }
        }
    }
}
