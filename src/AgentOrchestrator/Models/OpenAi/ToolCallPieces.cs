using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI.Chat;

namespace AgentOrchestrator.Models.OpenAi;

/// <summary>One tool call as it arrives: id and name in the first piece, the arguments spread over all of them.</summary>
sealed class ToolCallPieces
{
    readonly StringBuilder _arguments = new();
    string? _id;
    string? _name;

    public void Add(StreamingChatToolCallUpdate piece)
    {
        _id ??= piece.ToolCallId;
        _name ??= piece.FunctionName;
        _arguments.Append(piece.FunctionArgumentsUpdate?.ToString());
    }

    public FunctionCallContent ToContent() => FunctionCallContent.CreateFromParsedArguments(
        _arguments.Length == 0 ? "{}" : _arguments.ToString(), _id ?? "", _name ?? "", Parse);

    static Dictionary<string, object?> Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.EnumerateObject().ToDictionary(member => member.Name, member => (object?)member.Value.Clone());
    }
}
