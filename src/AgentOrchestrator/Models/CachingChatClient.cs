using System.Runtime.CompilerServices;
using System.Text.Json;
using AgentOrchestrator.Agents;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Models;

/// <summary>Asks a cache before the model, and tells it what the model has answered.</summary>
sealed class CachingChatClient(IChatClient inner, ResponseCache cache, int number) : DelegatingChatClient(inner)
{
    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<ChatMessage> asked = [.. messages];
        var key = CacheKey.Of(number, asked, options);
        if (Find(key) is { } known) { return known; }

        var answer = await base.GetResponseAsync(asked, options, cancellationToken).ConfigureAwait(false);
        Keep(key, answer, options);
        return answer;
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        IReadOnlyList<ChatMessage> asked = [.. messages];
        var key = CacheKey.Of(number, asked, options);
        if (Find(key) is { } known)
        {
            foreach (var update in known.ToChatResponseUpdates()) { yield return update; }
            yield break;
        }

        var updates = new List<ChatResponseUpdate>();
        await foreach (var update in base.GetStreamingResponseAsync(asked, options, cancellationToken).ConfigureAwait(false))
        {
            updates.Add(update);
            yield return update;
        }

        Keep(key, updates.ToChatResponse(), options);
    }

    ChatResponse? Find(string? key)
    {
        if (key is null || cache.Find(key) is not { } json) { return null; }

        // Read anew each time: who gets it may change it.
        var answer = (ChatResponse)JsonSerializer.Deserialize(json, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(ChatResponse)))!;
        answer.Usage = new UsageDetails { InputTokenCount = 0, OutputTokenCount = 0, TotalTokenCount = 0 };
        (answer.AdditionalProperties ??= [])[ResponseCache.Cached] = true;
        return answer;
    }

    void Keep(string? key, ChatResponse answer, ChatOptions? options)
    {
        if (key is not null && IsWhole(answer) && answer.Messages.SelectMany(message => message.Contents).All(content => MayBeKept(content, options)))
        {
            cache.Add(key, JsonSerializer.SerializeToUtf8Bytes(answer, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(ChatResponse))));
        }
    }

    static bool IsWhole(ChatResponse answer) =>
        answer.Messages.Count > 0 && (answer.FinishReason is null || answer.FinishReason == ChatFinishReason.Stop || answer.FinishReason == ChatFinishReason.ToolCalls);

    static bool MayBeKept(AIContent content, ChatOptions? options) => content switch
    {
        FunctionCallContent call => call.Exception is null && options?.Tools?.FirstOrDefault(tool => tool.Name == call.Name) is { } tool && ToolFlags.IsHarmless(tool),
        TextContent or TextReasoningContent or UsageContent => true,
        _ => false,
    };
}
