using Microsoft.Extensions.AI;
using OpenAI.Chat;
using ChatFinishReason = Microsoft.Extensions.AI.ChatFinishReason;
using OpenAiFinishReason = OpenAI.Chat.ChatFinishReason;

namespace AgentOrchestrator.Models.OpenAi;

/// <summary>Settings of a call in OpenAI's shapes.</summary>
static class OpenAiOptions
{
    public static ChatCompletionOptions Of(ChatOptions? options)
    {
        var settings = new ChatCompletionOptions
        {
            MaxOutputTokenCount = options?.MaxOutputTokens,
            Temperature = options?.Temperature,
            TopP = options?.TopP,
            FrequencyPenalty = options?.FrequencyPenalty,
            PresencePenalty = options?.PresencePenalty,
        };
        foreach (var stop in options?.StopSequences ?? []) { settings.StopSequences.Add(stop); }
        foreach (var tool in options?.Tools?.OfType<AIFunctionDeclaration>() ?? [])
        {
            settings.Tools.Add(ChatTool.CreateFunctionTool(tool.Name, tool.Description, BinaryData.FromString(tool.JsonSchema.GetRawText())));
        }

        if (settings.Tools.Count > 0 && options?.ToolMode is { } mode) { settings.ToolChoice = ChoiceOf(mode); }
        return settings;
    }

    public static ChatFinishReason FinishOf(OpenAiFinishReason reason) => reason switch
    {
        OpenAiFinishReason.Stop => ChatFinishReason.Stop,
        OpenAiFinishReason.Length => ChatFinishReason.Length,
        OpenAiFinishReason.ContentFilter => ChatFinishReason.ContentFilter,
        OpenAiFinishReason.ToolCalls or OpenAiFinishReason.FunctionCall => ChatFinishReason.ToolCalls,
        _ => new ChatFinishReason(reason.ToString()),
    };

    static ChatToolChoice ChoiceOf(ChatToolMode mode) => mode switch
    {
        NoneChatToolMode => ChatToolChoice.CreateNoneChoice(),
        RequiredChatToolMode { RequiredFunctionName: { } name } => ChatToolChoice.CreateFunctionChoice(name),
        RequiredChatToolMode => ChatToolChoice.CreateRequiredChoice(),
        _ => ChatToolChoice.CreateAutoChoice(),
    };
}
