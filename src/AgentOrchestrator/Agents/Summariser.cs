using System.Text;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Agents;

/// <summary>Has a model write down what was said, for when the words themselves have no room any more.</summary>
sealed class Summariser(IChatClient model)
{
    const string Instructions =
        "Summarise the conversation for the one who will go on with it: facts, names, numbers, decisions, and what is still to be done. "
        + "Be brief. Answer with the summary alone.";

    public static ChatMessage MessageOf(string summary) => new(ChatRole.User, $"Summary of the conversation so far:\n{summary}");

    /// <returns>Null when there is nothing to tell or the model does not answer.</returns>
    public async Task<string?> SummariseAsync(IReadOnlyList<ChatMessage> messages, CancellationToken cancel)
    {
        var text = new StringBuilder();
        foreach (var message in messages.Where(message => message.Text.Length > 0))
        {
            text.Append(message.Role.Value).Append(": ").AppendLine(message.Text);
        }

        if (text.Length == 0) { return null; }

        try
        {
            var question = new ChatMessage(ChatRole.User, text.ToString());
            var answer = await model.GetResponseAsync([question], new ChatOptions { Instructions = Instructions }, cancel).ConfigureAwait(false);
            return answer.Text.Length > 0 ? answer.Text : null;
        }
        catch (Exception) when (!cancel.IsCancellationRequested)
        {
            return null;
        }
    }
}
