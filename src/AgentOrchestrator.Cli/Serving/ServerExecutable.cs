using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Cli.Serving;

/// <summary>Where the server's program is.</summary>
static class ServerExecutable
{
    public const string Variable = "AGENT_ORCHESTRATOR_SERVER";

    static readonly string s_name = OperatingSystem.IsWindows() ? "AgentOrchestrator.Server.exe" : "AgentOrchestrator.Server";

    /// <exception cref="ProductException"><see cref="ErrorCode.NotFound"/>, saying where it was looked for.</exception>
    public static string Find(Func<string, string?> environment)
    {
        if (environment(Variable) is { Length: > 0 } named)
        {
            return File.Exists(named)
                ? Path.GetFullPath(named)
                : throw new ProductException(ErrorCode.NotFound, $"{Variable} names '{named}', and there is no such file");
        }

        return TryFind(AppContext.BaseDirectory) ?? throw new ProductException(
            ErrorCode.NotFound, $"The server's program {s_name} does not lie beside this one; set {Variable} to where it is");
    }

    /// <summary>Beside the given folder's <c>ao</c>, or above it where the server's build puts <c>ao</c> into <c>tools/ao</c>.</summary>
    public static string? TryFind(string folder)
    {
        string[] places = [Path.Combine(folder, s_name), Path.Combine(folder, "..", "..", s_name)];
        return places.FirstOrDefault(File.Exists) is { } found ? Path.GetFullPath(found) : null;
    }
}
