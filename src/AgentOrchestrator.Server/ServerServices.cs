using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Agents;
using AgentOrchestrator.Coordinator.Agents.Runbooks;
using AgentOrchestrator.Coordinator.Audit;
using AgentOrchestrator.Coordinator.Archives;
using AgentOrchestrator.Coordinator.Documents;
using AgentOrchestrator.Coordinator.Live;
using AgentOrchestrator.Coordinator.Memory;
using AgentOrchestrator.Coordinator.Runners;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Rooms;
using AgentOrchestrator.Coordinator.Sessions;
using AgentOrchestrator.Coordinator.Skills;
using AgentOrchestrator.Protocol.Secrets;
using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Agents;
using AgentOrchestrator.Server.Audit;
using AgentOrchestrator.Server.Archives;
using AgentOrchestrator.Runner.Executors;
using AgentOrchestrator.Server.Describing;
using AgentOrchestrator.Server.Documents;
using AgentOrchestrator.Server.Hosting;
using AgentOrchestrator.Server.Live;
using AgentOrchestrator.Server.Mcp;
using AgentOrchestrator.Server.Memory;
using AgentOrchestrator.Server.Metrics;
using AgentOrchestrator.Server.Rooms;
using AgentOrchestrator.Server.Runners;
using AgentOrchestrator.Server.Runs;
using AgentOrchestrator.Server.Sessions;
using AgentOrchestrator.Server.Skills;
using AgentOrchestrator.Server.Tools;

namespace AgentOrchestrator.Server;

/// <summary>What handlers can ask for, one line per noun.</summary>
static class ServerServices
{
    public static void AddServer(this IServiceCollection services, ServerOptions options, OpenStores open)
    {
        services.AddSingleton(options);
        services.AddSingleton(options.Coordinator);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(new Redactor(options.Secrets));
        services.AddSingleton<Drain>();
        services.AddSingleton<Opening>();
        services.AddSingleton<LifeSign>();
        services.AddSingleton<SelfAddress>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = Drain.Limit);
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddAccess();
        services.AddSingleton<AuditLog>();
        services.AddHostedService<AuditWriting>();
        services.AddOpenApiDocument();
        services.AddStores(open);
        services.AddAgents();
        services.AddTools(options);
        services.AddSkills();
        services.AddLive();
        services.AddServerMetrics(options);
        services.AddSessions();
        services.AddMemory(options);
        services.AddDocuments();
        services.AddRuns();
        services.AddRooms(options);
        services.AddMcp();
        services.AddEmbeddedRunner(options);
    }

    static void AddAgents(this IServiceCollection services)
    {
        // Nodes that share a database share its rows; a folder belongs to one node.
        services.AddSingleton(all => all.GetRequiredService<ServerOptions>() is { Database: null } options
            ? NewCatalog(all, options.AgentsDir)
            : NewCatalog(all, folder: null));
        services.AddSingleton<IAgentCatalog>(all => all.GetRequiredService<AgentCatalog>());
        services.AddSingleton(all => NewRunbooks(all.GetRequiredService<ServerOptions>()));
        services.AddSingleton<RunbookAgents>();
        services.AddSingleton<AgentLifecycle>();
        services.AddSingleton<AgentFolderWatch>();
        services.AddHostedService<AgentFolderWatching>();
        services.AddHostedService<QuarantineNotes>();
    }

    static RunbookFolder NewRunbooks(ServerOptions options) =>
        new(Path.Combine(options.ToolsDir ?? options.DataDir, "runbooks"), options.Coordinator.MaxAgentFileBytes);

    static AgentCatalog NewCatalog(IServiceProvider all, string? folder) => new(
        all.GetRequiredService<IAgentStore>(), folder, all.GetRequiredService<CoordinatorOptions>(), all.GetRequiredService<TimeProvider>());

    static void AddSkills(this IServiceCollection services)
    {
        services.AddSingleton<SkillCatalog>();
        services.AddSingleton<SkillRunner>();
        services.AddSingleton(all => new SkillFolders(all.GetRequiredService<ServerOptions>().SkillsFolder, all.GetRequiredService<CoordinatorOptions>()));
        services.AddSingleton<RemoteSkills>();
        services.AddSingleton<AgentSkills>();
        services.AddSingleton<SkillActions>();
        services.AddSingleton<SkillExecutions>();
        services.AddSingleton<SkillExecutionRetention>();
        services.AddSingleton<IHostedService>(all => new LoopService(all.GetRequiredService<SkillExecutionRetention>()));
    }

    static void AddLive(this IServiceCollection services)
    {
        services.AddSingleton<ChangeHub>();
        services.AddSingleton<SessionFeed>();
        services.AddSingleton<TokenWatch>();
        services.AddHostedService(all => all.GetRequiredService<TokenWatch>());
        services.AddSingleton<SessionFeedStream>();
        services.AddSingleton<SessionsStream>();
    }

    static void AddSessions(this IServiceCollection services)
    {
        services.AddSingleton<SessionLog>();
        services.AddSingleton<SessionDirectory>();
        services.AddSingleton<SessionFamily>();
        services.AddSingleton<SessionAccess>();
        services.AddSingleton<SessionImport>();
        services.AddSingleton<SessionExport>();
        services.AddSingleton<Backup>();
        services.AddSingleton<LogRetention>();
        services.AddSingleton<IHostedService>(all => new LoopService(all.GetRequiredService<LogRetention>()));
    }

    static void AddMemory(this IServiceCollection services, ServerOptions options)
    {
        if (options.Embeddings is { } embeddings)
        {
            services.AddSingleton<IEmbedder>(new EmbeddingEndpoint(embeddings));
            services.AddSingleton<MemoryVectors>();
            services.AddSingleton<IHostedService>(all => new LoopService(all.GetRequiredService<MemoryVectors>()));
        }

        services.AddSingleton(all => new LongTermMemory(
            all.GetRequiredService<IMemoryStore>(), all.GetService<IEmbedder>(), all.GetRequiredService<Redactor>(),
            all.GetRequiredService<CoordinatorOptions>(), all.GetRequiredService<TimeProvider>()));
        services.AddSingleton<MemoryAccess>();
        services.AddSingleton<MemoryRetention>();
        services.AddSingleton<IHostedService>(all => new LoopService(all.GetRequiredService<MemoryRetention>()));
    }

    static void AddDocuments(this IServiceCollection services)
    {
        services.AddSingleton<DocumentLibrary>();
        services.AddSingleton<DocumentTexts>();
        services.AddSingleton<DocumentHistory>();
        services.AddSingleton<DocumentRelations>();
        services.AddSingleton<DocumentSearch>();
        services.AddSingleton<DocumentIndexing>();
        services.AddSingleton<IHostedService>(all => new LoopService(all.GetRequiredService<DocumentIndexing>()));
        services.AddSingleton<DocumentViews>();
        services.AddSingleton<DocumentSweep>();
        services.AddSingleton<IHostedService>(all => new LoopService(all.GetRequiredService<DocumentSweep>()));
    }

    static void AddRuns(this IServiceCollection services)
    {
        services.AddSingleton<RunQueue>();
        services.AddSingleton<RunReports>();
        services.AddSingleton<RunLeases>();
        services.AddSingleton<RunAccess>();
        services.AddSingleton<ParkedPolls>();
        services.AddSingleton<RunDispatch>();
        services.AddSingleton<RunnerRegistry>();
        services.AddSingleton<Assignments>();
        services.AddSingleton<ClockWatch>();
        services.AddSingleton<RunReaper>();
        services.AddSingleton<RunClock>();
        services.AddSingleton<WaitingRuns>();
        services.AddSingleton<RunnerSweep>();
        services.AddHostedService<RunRecovery>();
        services.AddHostedService<RunClockService>();
        services.AddHostedService<RunReaping>();
        services.AddSingleton<IHostedService>(all => new LoopService(all.GetRequiredService<RunnerSweep>()));
    }

    static void AddRooms(this IServiceCollection services, ServerOptions options)
    {
        services.AddSingleton(new RoomPolicy(options.DefaultAgent));
        services.AddSingleton<RoomRouter>();
        services.AddSingleton<RoomPost>();
        services.AddSingleton<RoomDoor>();
        services.AddSingleton<RoomMemory>();
        services.AddHostedService<RoomPosting>();
    }

    static void AddEmbeddedRunner(this IServiceCollection services, ServerOptions options)
    {
        services.AddSingleton<EmbeddedRunnerToken>();
        if (!options.NoRunner)
        {
            services.AddSingleton(_ => Installed.All());
            services.AddHostedService<EmbeddedRunner>();
        }
    }

    static void AddStores(this IServiceCollection services, OpenStores open)
    {
        services.AddSingleton(all => open(
            all.GetRequiredService<ServerOptions>(), all.GetRequiredService<IChangeSink>(), all.GetRequiredService<TimeProvider>()));
        services.AddSingleton(all => all.GetRequiredService<Stores>().Database);
        services.AddSingleton(all => all.GetRequiredService<Stores>().Sessions);
        services.AddSingleton(all => all.GetRequiredService<Stores>().Retention);
        services.AddSingleton(all => all.GetRequiredService<Stores>().Archives);
        services.AddSingleton(all => all.GetRequiredService<Stores>().Runs);
        services.AddSingleton(all => all.GetRequiredService<Stores>().Runners);
        services.AddSingleton(all => all.GetRequiredService<Stores>().Agents);
        services.AddSingleton(all => all.GetRequiredService<Stores>().Skills);
        services.AddSingleton(all => all.GetRequiredService<Stores>().SkillExecutions);
        services.AddSingleton(all => all.GetRequiredService<Stores>().Tokens);
        services.AddSingleton(all => all.GetRequiredService<Stores>().Audit);
        services.AddSingleton(all => all.GetRequiredService<Stores>().Memories);
        services.AddSingleton(all => all.GetRequiredService<Stores>().Documents);
        services.AddSingleton(all => all.GetRequiredService<Stores>().Contents);
        services.AddSingleton(all => all.GetRequiredService<Stores>().Relations);
        services.AddSingleton(all => all.GetRequiredService<Stores>().Passages);
        services.AddSingleton(all => all.GetRequiredService<Stores>().Tools);
        services.AddSingleton(all => all.GetRequiredService<Stores>().Rooms);
    }
}
