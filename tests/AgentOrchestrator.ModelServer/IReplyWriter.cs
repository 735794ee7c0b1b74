namespace AgentOrchestrator.ModelServer;

/// <summary>Writes one answer in the words of one API, streamed or whole.</summary>
interface IReplyWriter
{
    Task StartAsync(CancellationToken cancel);
    Task TextAsync(string piece, CancellationToken cancel);
    Task CallAsync(ToolCall call, CancellationToken cancel);
    Task EndAsync(CancellationToken cancel);
    Task FailAsync(int status, string message, CancellationToken cancel);
}
