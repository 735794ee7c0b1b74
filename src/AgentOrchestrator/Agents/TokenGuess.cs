using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Agents;

/// <summary>About how many tokens something has, without the tokenizer of any maker.</summary>
static class TokenGuess
{
    const int CharsPerToken = 4;
    const int PerMessage = 4;

    public static int Of(string text) => (text.Length / CharsPerToken) + PerMessage;

    public static int Of(ChatMessage message) => (message.Contents.Sum(Chars) / CharsPerToken) + PerMessage;

    static int Chars(AIContent content) => content switch
    {
        TextContent text => text.Text.Length,
        TextReasoningContent thought => thought.Text.Length,
        FunctionCallContent call => call.Name.Length + (call.Arguments?.Sum(argument => argument.Key.Length + Chars(argument.Value)) ?? 0),
        FunctionResultContent result => Chars(result.Result),
        _ => 0,
    };

    static int Chars(object? value) => value?.ToString()?.Length ?? 0;
}
