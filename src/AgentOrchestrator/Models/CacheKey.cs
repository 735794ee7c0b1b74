using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Models;

/// <summary>What an answer depends on, as one word.</summary>
static class CacheKey
{
    /// <returns>Null where something counts that cannot be seen, such as a conversation that the provider keeps.</returns>
    public static string? Of(int client, IReadOnlyList<ChatMessage> messages, ChatOptions? options)
    {
        if (options is { ConversationId: not null } or { RawRepresentationFactory: not null } or { ContinuationToken: not null }) { return null; }

        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Add(hash, $"{client}");
            foreach (var message in Numbered(messages)) { Add(hash, message); }
            Add(hash, options is null ? new ChatOptions() : WithoutTools(options));
            foreach (var tool in options?.Tools ?? []) { Add(hash, tool); }
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        catch (Exception unseen) when (unseen is NotSupportedException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Providers name calls and messages by chance: a call counts by its place.</summary>
    static IEnumerable<ChatMessage> Numbered(IReadOnlyList<ChatMessage> messages)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        return messages.Select(message => new ChatMessage(message.Role, [.. message.Contents.Select(content => Numbered(content, names))])
        {
            AuthorName = message.AuthorName,
            AdditionalProperties = message.AdditionalProperties,
        });
    }

    static AIContent Numbered(AIContent content, Dictionary<string, string> names) => content switch
    {
        FunctionCallContent call => new FunctionCallContent(NameOf(call.CallId, names), call.Name, call.Arguments),
        FunctionResultContent result => new FunctionResultContent(NameOf(result.CallId, names), result.Result),
        _ => content,
    };

    static string NameOf(string id, Dictionary<string, string> names)
    {
        names.TryAdd(id, $"{names.Count}");
        return names[id];
    }

    static ChatOptions WithoutTools(ChatOptions options)
    {
        var clone = options.Clone();
        clone.Tools = null;
        return clone;
    }

    static void Add(IncrementalHash hash, AITool tool)
    {
        Add(hash, $"{tool.Name}\n{tool.Description}");
        if (tool is not AIFunctionDeclaration function) { throw new NotSupportedException("what a provider's own tool does cannot be seen"); }

        Add(hash, function.JsonSchema);
    }

    static void Add<T>(IncrementalHash hash, T part)
    {
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(part, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(T))));
        hash.AppendData("\n"u8);
    }
}
