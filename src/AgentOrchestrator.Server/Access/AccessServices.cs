namespace AgentOrchestrator.Server.Access;

static class AccessServices
{
    public static void AddAccess(this IServiceCollection services)
    {
        services.AddSingleton<FailureLimit>();
        services.AddSingleton<RequestRate>();
        services.AddSingleton<OwnerToken>();
        services.AddSingleton<TokenCheck>();
    }
}
