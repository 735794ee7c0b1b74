using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Models.Scripted;

/// <summary>Answers from a script: for demonstrations, tests and work without a network. It says that it is no model and counts no tokens.</summary>
/// <remarks>It keeps nothing between calls: equal conversations get equal answers.</remarks>
public sealed class ScriptedChatClient(ChatScript script, TimeProvider time) : IChatClient
{
    readonly ChatClientMetadata _metadata = new(ModelProviders.Scripted, providerUri: null, ModelProviders.Scripted);

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <exception cref="ModelException">The script has no step for the newest user text, or says that it fails.</exception>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var conversation = ScriptedConversation.Read(messages);
        var (step, texts) = script.Find(conversation.UserTexts)
            ?? throw new ModelException("The script has no step for this text; add one without 'match' for all others.");
        var turn = step.Turn;
        for (var answered = 0; answered < conversation.Answered && turn is not null; answered++) { turn = turn.Then; }
        if (turn is null)
        {
            yield return Last([], ChatFinishReason.Stop);
            yield break;
        }

        foreach (var word in Words(Fill(turn.Reply, texts)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new ChatResponseUpdate(ChatRole.Assistant, word) { ModelId = ModelProviders.Scripted };
            if (script.Pace > TimeSpan.Zero) { await Task.Delay(script.Pace, time, cancellationToken).ConfigureAwait(false); }
        }

        if (turn.Fail is { } failure) { throw new ModelException(Fill(failure, texts)); }

        var calls = turn.Calls.Select(AIContent (call, index) => new FunctionCallContent(
            $"call_{conversation.UserTexts.Count}_{conversation.Answered + 1}_{index + 1}", call.Name, Arguments(call, texts)));
        yield return Last([.. calls], turn.Calls.Count > 0 ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop);
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(ChatClientMetadata) ? _metadata
        : serviceType.IsInstanceOfType(this) ? this
        : null;

    public void Dispose()
    {
        // Nothing is held.
    }

    static ChatResponseUpdate Last(IReadOnlyList<AIContent> calls, ChatFinishReason finish) => new(
        ChatRole.Assistant,
        [.. calls, new UsageContent(new UsageDetails { InputTokenCount = 0, OutputTokenCount = 0, TotalTokenCount = 0 })])
    {
        ModelId = ModelProviders.Scripted,
        FinishReason = finish,
    };

    static Dictionary<string, object?> Arguments(ScriptCall call, IReadOnlyList<string> texts) => call.Input.EnumerateObject().ToDictionary(
        member => member.Name,
        object? (member) => member.Value.ValueKind == JsonValueKind.String ? Fill(member.Value.GetString()!, texts) : member.Value.Clone());

    static string Fill(string template, IReadOnlyList<string> texts) => template
        .Replace("{prompt}", texts[^1], StringComparison.Ordinal)
        .Replace("{texts}", string.Join("\n\n", texts), StringComparison.Ordinal);

    static IEnumerable<string> Words(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var space = text.AsSpan(at).IndexOfAny(' ', '\n');
            var end = space < 0 ? text.Length : at + space + 1;
            yield return text[at..end];
            at = end;
        }
    }
}
