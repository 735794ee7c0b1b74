using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Models.Scripted;

/// <summary>Where a conversation stands.</summary>
/// <param name="UserTexts">The texts of the user, the newest last; one empty text when there is none.</param>
/// <param name="Answered">How often the newest one was answered already, by calling tools.</param>
sealed record ScriptedConversation(IReadOnlyList<string> UserTexts, int Answered)
{
    public static ScriptedConversation Read(IEnumerable<ChatMessage> messages)
    {
        var texts = new List<string>();
        var answered = 0;
        foreach (var message in messages)
        {
            if (message.Role == ChatRole.Assistant)
            {
                answered++;
            }
            else if (message.Role == ChatRole.User && message.Text.Length > 0)
            {
                texts.Add(message.Text);
                answered = 0;
            }
        }

        return new ScriptedConversation(texts.Count > 0 ? texts : [""], answered);
    }
}
