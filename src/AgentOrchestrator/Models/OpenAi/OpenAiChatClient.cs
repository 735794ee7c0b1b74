using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using ChatFinishReason = Microsoft.Extensions.AI.ChatFinishReason;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace AgentOrchestrator.Models.OpenAi;

/// <summary>The official OpenAI client behind <see cref="IChatClient"/>; serves every address that speaks chat/completions.</summary>
sealed class OpenAiChatClient(ChatClient client, string provider, string model, Uri? address) : IChatClient
{
    readonly ChatClientMetadata _metadata = new(provider, address, model);

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var calls = new SortedDictionary<int, ToolCallPieces>();
        ChatFinishReason? finish = null;
        var stream = client.CompleteChatStreamingAsync(OpenAiMessages.Of(messages, options), OpenAiOptions.Of(options), cancellationToken);
        await foreach (var update in stream.ConfigureAwait(false))
        {
            foreach (var piece in update.ToolCallUpdates)
            {
                if (!calls.TryGetValue(piece.Index, out var call)) { calls[piece.Index] = call = new ToolCallPieces(); }
                call.Add(piece);
            }

            finish = update.FinishReason is { } reason ? OpenAiOptions.FinishOf(reason) : finish;
            var contents = new List<AIContent>();
            foreach (var part in update.ContentUpdate.Where(part => !string.IsNullOrEmpty(part.Text))) { contents.Add(new TextContent(part.Text)); }
            if (!string.IsNullOrEmpty(update.RefusalUpdate)) { contents.Add(new TextContent(update.RefusalUpdate)); }
            if (update.Usage is { } usage) { contents.Add(new UsageContent(UsageOf(usage))); }
            if (contents.Count > 0) { yield return Update(update, contents); }
        }

        yield return new ChatResponseUpdate(ChatRole.Assistant, [.. calls.Values.Select(call => call.ToContent())]) { FinishReason = finish };
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(ChatClientMetadata) ? _metadata
        : serviceType.IsInstanceOfType(this) ? this
        : serviceType.IsInstanceOfType(client) ? client
        : null;

    public void Dispose()
    {
        // The official client holds nothing that is ours to release.
    }

    static ChatResponseUpdate Update(StreamingChatCompletionUpdate update, List<AIContent> contents) => new(ChatRole.Assistant, contents)
    {
        ResponseId = update.CompletionId,
        MessageId = update.CompletionId,
        ModelId = update.Model,
    };

    static UsageDetails UsageOf(ChatTokenUsage usage) => new()
    {
        InputTokenCount = usage.InputTokenCount,
        OutputTokenCount = usage.OutputTokenCount,
        TotalTokenCount = usage.TotalTokenCount,
        CachedInputTokenCount = usage.InputTokenDetails?.CachedTokenCount,
        ReasoningTokenCount = usage.OutputTokenDetails?.ReasoningTokenCount,
    };
}
