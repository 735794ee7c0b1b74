using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;
using OpenAiMessage = OpenAI.Chat.ChatMessage;

namespace AgentOrchestrator.Models.OpenAi;

/// <summary>Conversations in OpenAI's shapes.</summary>
static class OpenAiMessages
{
    public static IEnumerable<OpenAiMessage> Of(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        if (!string.IsNullOrEmpty(options?.Instructions)) { yield return new SystemChatMessage(options.Instructions); }

        foreach (var message in messages)
        {
            if (message.Role == ChatRole.System)
            {
                yield return new SystemChatMessage(message.Text);
            }
            else if (message.Role == ChatRole.Assistant)
            {
                yield return OfAssistant(message);
            }
            else
            {
                foreach (var result in message.Contents.OfType<FunctionResultContent>())
                {
                    yield return new ToolChatMessage(result.CallId, TextOf(result.Result));
                }

                if (message.Role == ChatRole.User) { yield return new UserChatMessage(message.Text); }
            }
        }
    }

    static AssistantChatMessage OfAssistant(ChatMessage message)
    {
        var calls = message.Contents.OfType<FunctionCallContent>()
            .Select(call => ChatToolCall.CreateFunctionToolCall(call.CallId, call.Name, BinaryData.FromString(ArgumentsOf(call))))
            .ToList();
        if (calls.Count == 0) { return new AssistantChatMessage(message.Text); }

        var assistant = new AssistantChatMessage(calls);
        if (message.Text.Length > 0) { assistant.Content.Add(ChatMessageContentPart.CreateTextPart(message.Text)); }
        return assistant;
    }

    static string ArgumentsOf(FunctionCallContent call) => call.Arguments is null
        ? "{}"
        : JsonSerializer.Serialize(call.Arguments, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(IDictionary<string, object?>)));

    static string TextOf(object? result) => result switch
    {
        null => "",
        string text => text,
        JsonElement json => json.ValueKind == JsonValueKind.String ? json.GetString()! : json.GetRawText(),
        _ => JsonSerializer.Serialize(result, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(object))),
    };
}
