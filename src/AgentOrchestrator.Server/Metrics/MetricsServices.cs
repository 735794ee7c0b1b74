using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Metrics;
using AgentOrchestrator.Server.Hosting;

namespace AgentOrchestrator.Server.Metrics;

static class MetricsServices
{
    public static void AddServerMetrics(this IServiceCollection services, ServerOptions options)
    {
        if (options.OtlpEndpoint is not null)
        {
            services.AddSingleton<StateRefresh>();
            services.AddSingleton<IHostedService>(all => new LoopService(all.GetRequiredService<StateRefresh>()));
        }

        services.AddSingleton<EngineMeter>();
        services.AddSingleton<ServerMeter>();
        services.AddSingleton<StateMeter>();
        services.AddSingleton<MetricsRegistry>();
        services.AddSingleton<IChangeSink, MeteredChanges>();
    }
}
