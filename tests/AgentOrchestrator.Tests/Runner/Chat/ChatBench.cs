using System.Text.Json;
using AgentOrchestrator.ModelServer;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Runs;
using AgentOrchestrator.Protocol.Sessions;
using AgentOrchestrator.Runner.Executors;
using AgentOrchestrator.Tests.Runner.ClaudeCode;

namespace AgentOrchestrator.Tests.Runner.Chat;

/// <summary>Models, a server and a folder for the executor <c>chat</c>.</summary>
sealed class ChatBench : IAsyncDisposable
{
    readonly TempFolder _folder = new();

    ChatBench(ScriptedModelServer models, LogServer server) => (Models, Server) = (models, server);

    public ScriptedModelServer Models { get; }

    public LogServer Server { get; }

    public RecordedOutput Output { get; } = new();

    public static async Task<ChatBench> StartAsync(CancellationToken cancel) =>
        new(await ScriptedModelServer.StartAsync(cancel: cancel), await LogServer.StartAsync(cancel));

    public static AgentView Agent(string provider) => new() { Name = "a", Description = "d", Status = "active", Provider = provider };

    public static AgentView Scripted(string script) => Agent("scripted") with { Script = JsonElement.Parse(script) };

    public string NewScratch() => Directory.CreateDirectory(_folder[Path.GetRandomFileName()]).FullName;

    public RunContext Context(AgentView agent, string prompt) => new()
    {
        Run = new RunView
        {
            RunId = "run_1",
            Type = RunType.ResumeSession,
            SessionId = "ses_1",
            SessionName = "ses_1",
            Prompt = prompt,
            ExecutionMode = ExecutionMode.Sync,
            Status = RunStatus.Running,
            CreatedAt = DateTimeOffset.UnixEpoch,
        },
        Agent = agent,
        WorkingDirectory = "/",
        ScratchDirectory = NewScratch(),
        Environment = new Dictionary<string, string>
        {
            ["OPENAI_API_KEY"] = "sk-key",
            ["OPENAI_BASE_URL"] = Models.BaseUrl + "/v1",
            ["ANTHROPIC_API_KEY"] = "sk-key",
            ["ANTHROPIC_BASE_URL"] = Models.BaseUrl,
            ["OLLAMA_BASE_URL"] = Models.BaseUrl,
        },
        Output = Output,
        Server = Server.Url,
        Token = "aor_token",
    };

    public async ValueTask DisposeAsync()
    {
        await Models.DisposeAsync();
        await Server.DisposeAsync();
        _folder.Dispose();
    }
}
