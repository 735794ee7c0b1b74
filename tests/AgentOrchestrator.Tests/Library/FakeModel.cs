using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Tests.Library;

/// <summary>Another maker's model: answers in turn with what it was given, and remembers what it was asked.</summary>
sealed class FakeModel(params Func<CancellationToken, IAsyncEnumerable<ChatResponseUpdate>>[] answers) : IChatClient
{
    public List<(IReadOnlyList<ChatMessage> Messages, ChatOptions? Options)> Asked { get; } = [];

    public static Func<CancellationToken, IAsyncEnumerable<ChatResponseUpdate>> Says(params AIContent[] contents) => _ =>
        new[] { new ChatResponseUpdate(ChatRole.Assistant, contents) { ModelId = "m1" } }.ToAsyncEnumerable();

    public static Func<CancellationToken, IAsyncEnumerable<ChatResponseUpdate>> Says(string text) => Says(new TextContent(text));

    public static Func<CancellationToken, IAsyncEnumerable<ChatResponseUpdate>> Throws(Exception failure) => _ => throw failure;

    /// <summary>Says a word, then nothing more until it is cancelled.</summary>
    public static Func<CancellationToken, IAsyncEnumerable<ChatResponseUpdate>> Hangs(string word) => cancel => HangAsync(word, cancel);

    public static FunctionCallContent Call(string id, string name, params (string Name, object? Value)[] arguments) =>
        new(id, name, arguments.ToDictionary(argument => argument.Name, argument => argument.Value));

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        Asked.Add(([.. messages], options));
        return answers[Asked.Count - 1](cancellationToken);
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceType == typeof(ChatClientMetadata) ? new ChatClientMetadata("fake") : null;

    public void Dispose()
    {
    }

    static async IAsyncEnumerable<ChatResponseUpdate> HangAsync(string word, [EnumeratorCancellation] CancellationToken cancel)
    {
        yield return new ChatResponseUpdate(ChatRole.Assistant, word);
        await Task.Delay(Timeout.Infinite, cancel);
    }
}
