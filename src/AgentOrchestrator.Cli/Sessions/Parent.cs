namespace AgentOrchestrator.Cli.Sessions;

/// <summary>The session in whose run this program was called, if any.</summary>
/// <param name="Id">What the runner put into the environment.</param>
sealed record Parent(string? Id, string? Name)
{
    public static Parent? Find(Func<string, string?> environment)
    {
        var id = NonEmpty(environment("AGENT_SESSION_ID"));
        var name = NonEmpty(environment("AGENT_SESSION_NAME"));
        return id is null && name is null ? null : new Parent(id, id is null ? name : null);
    }

    static string? NonEmpty(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
