using AgentOrchestrator.Server.Access;
using AgentOrchestrator.Server.Agents;
using AgentOrchestrator.Server.Audit;
using AgentOrchestrator.Server.Archives;
using AgentOrchestrator.Server.Describing;
using AgentOrchestrator.Server.Documents;
using AgentOrchestrator.Server.Health;
using AgentOrchestrator.Server.Live;
using AgentOrchestrator.Server.Mcp;
using AgentOrchestrator.Server.Memory;
using AgentOrchestrator.Server.Metrics;
using AgentOrchestrator.Server.Pages;
using AgentOrchestrator.Server.Rooms;
using AgentOrchestrator.Server.Runners;
using AgentOrchestrator.Server.Runs;
using AgentOrchestrator.Server.Sessions;
using AgentOrchestrator.Server.Skills;
using AgentOrchestrator.Server.Tools;

namespace AgentOrchestrator.Server;

/// <summary>The whole HTTP surface, one line per noun.</summary>
static class Endpoints
{
    public static void MapEverything(this IEndpointRouteBuilder app)
    {
        app.MapFrontPage();
        app.MapOpenApi(OpenApiDocuments.Path).AllowAnyone();
        app.MapHealth();
        app.MapMetrics();
        app.MapTokens();
        app.MapAudit();
        app.MapAgents();
        app.MapAgentLifecycle();
        app.MapRunbooks();
        app.MapMemories();
        app.MapDocuments();
        app.MapVersions();
        app.MapRelations();
        app.MapSearch();
        app.MapActions();
        app.MapActionServers();
        app.MapSkills();
        app.MapSessions();
        app.MapEvents();
        app.MapArchives();
        app.MapBackup();
        app.MapRuns();
        app.MapUsage();
        app.MapRunners();
        app.MapPolls();
        app.MapReports();
        app.MapLive();
        app.MapRooms();
        app.MapMcp();
    }
}
