using System.Runtime.CompilerServices;
using AgentOrchestrator.Protocol;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace AgentOrchestrator.Runner.Telemetry;

/// <summary>Sends spans and metrics to an OpenTelemetry collector, as the variables <c>OTEL_*</c> say. Nothing is loaded where they say nothing.</summary>
public static class OtlpExport
{
    public const string Variable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <param name="environment">Where <c>OTEL_EXPORTER_OTLP_PROTOCOL</c> and <c>OTEL_SERVICE_NAME</c> are looked up.</param>
    /// <returns>What sends until it is disposed; null without an endpoint.</returns>
    /// <exception cref="ProductException">Invalid for an endpoint that is no URL.</exception>
    public static IDisposable? Start(string? endpoint, string version, Func<string, string?> environment) =>
        string.IsNullOrEmpty(endpoint) ? null : StartProviders(Check(endpoint), version, environment);

    static Uri Check(string endpoint) =>
        Uri.TryCreate(endpoint, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? url
            : throw new ProductException(ErrorCode.Invalid, $"{Variable} must be the URL of a collector, such as http://localhost:4318");

    [MethodImpl(MethodImplOptions.NoInlining)]
    static Providers StartProviders(Uri endpoint, string version, Func<string, string?> environment)
    {
        var protocol = environment("OTEL_EXPORTER_OTLP_PROTOCOL") is "grpc" ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        var service = environment("OTEL_SERVICE_NAME") is { Length: > 0 } named ? named : "agent-orchestrator";
        var traces = Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(resource => resource.AddService(service, serviceVersion: version))
            .AddSource("AgentOrchestrator.*")
            .AddOtlpExporter(export => Address(export, "v1/traces"))
            .Build();
        var metrics = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService(service, serviceVersion: version))
            .AddMeter("AgentOrchestrator.*", "System.Runtime")
            .AddOtlpExporter(export => Address(export, "v1/metrics"))
            .Build();
        return new Providers(traces, metrics);

        void Address(OtlpExporterOptions export, string path)
        {
            export.Protocol = protocol;
            export.Endpoint = protocol is OtlpExportProtocol.Grpc ? endpoint : new Uri($"{endpoint.AbsoluteUri.TrimEnd('/')}/{path}");
        }
    }

    /// <summary>Disposing sends what is left, for a few seconds at most.</summary>
    sealed class Providers(TracerProvider traces, MeterProvider metrics) : IDisposable
    {
        public void Dispose()
        {
            traces.Dispose();
            metrics.Dispose();
        }
    }
}
