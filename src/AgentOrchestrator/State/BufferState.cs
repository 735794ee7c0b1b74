using AgentOrchestrator.Memory;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.State;

/// <summary>What a state file keeps of a buffer: its bounds and messages.</summary>
public sealed record BufferState(int MaxMessages, int MaxTokens, int? SummarizeAfter, IReadOnlyList<BufferedMessage> Messages)
{
    internal static BufferState Of(BufferMemory buffer) => new(
        buffer.MaxMessages,
        buffer.MaxTokens,
        buffer.SummarizeAfter,
        [.. buffer.GetMessages().Select(message => new BufferedMessage(message.Role.Value, message.Text))]);

    internal BufferMemory ToMemory()
    {
        var buffer = new BufferMemory { MaxMessages = MaxMessages, MaxTokens = MaxTokens, SummarizeAfter = SummarizeAfter };
        foreach (var message in Messages ?? []) { buffer.AddMessage(new ChatRole(message.Role), message.Text); }
        return buffer;
    }
}

/// <summary>One message of a buffer.</summary>
public sealed record BufferedMessage(string Role, string Text);
