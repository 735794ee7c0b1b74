using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Memory;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Runner.Executors.Chat;

/// <summary>What an agent remembers beyond its sessions: searched before a run's first call, told what was said after its last.</summary>
/// <remarks>A run that cannot remember goes on without, and says so.</remarks>
sealed class ChatMemory(RunServer server, RunContext run, ChatOutput output)
{
    const string SessionOf = "session_id";
    const int Looked = 20;
    const int Recalled = 5;
    const int MaxLength = 65_536;

    /// <summary>The agent has one, and this run does not do without.</summary>
    bool IsWanted => run.Agent?.UseMemory is true && run.Run.UseMemory is not false;

    /// <summary>What is shown to the model before the conversation; null when nothing is remembered.</summary>
    public async Task<ChatMessage?> RecallAsync(CancellationToken cancel)
    {
        if (!IsWanted) { return null; }

        try
        {
            var search = new SearchMemory { Query = run.Run.Prompt, Limit = Looked, AgentId = run.Agent!.Name, SessionId = run.Run.SessionId };
            var found = await server.SearchMemoryAsync(search, cancel).ConfigureAwait(false);
            // What was said here, the conversation itself says.
            var texts = found.Results.Where(result => result.Metadata.GetValueOrDefault(SessionOf) != run.Run.SessionId).Take(Recalled).Select(result => result.Text).ToList();
            return texts.Count == 0 ? null : new ChatMessage(ChatRole.User, "From earlier conversations:\n" + string.Join("\n", texts.Select(text => $"- {text}")));
        }
        catch (ProductException refusal)
        {
            await output.ForgetsAsync(refusal.Message).ConfigureAwait(false);
            return null;
        }
    }

    /// <summary>Keeps what was said, once, however often the run is begun again.</summary>
    public async Task RememberAsync(string answer, CancellationToken cancel)
    {
        if (!IsWanted) { return; }

        var question = run.Run.Prompt;
        var exchange = $"User: {question}\nAssistant: {answer}";
        var memory = new StoreMemory
        {
            MemoryId = $"mem_{run.Run.RunId}",
            Text = Cut(exchange, MaxLength),
            Metadata = new Dictionary<string, string>
            {
                ["input"] = Cut(question, MaxLength / 3),
                ["response"] = Cut(answer, MaxLength / 3),
                ["type"] = "conversation",
                [SessionOf] = run.Run.SessionId,
            },
            AgentId = run.Agent!.Name,
        };
        try
        {
            await server.StoreMemoryAsync(memory, cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // It has answered all the same.
        }
        catch (ProductException refusal)
        {
            await output.ForgetsAsync(refusal.Message).ConfigureAwait(false);
        }
    }

    // Not between the halves of a character.
    static string Cut(string text, int length) =>
        text.Length <= length ? text : text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
}
