using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AgentOrchestrator.Protocol;
using ModelContextProtocol.Protocol;

namespace AgentOrchestrator.Mcp.Tools;

/// <summary>What a call answers: a structure for programs, and text beside it.</summary>
sealed record ToolAnswer(JsonElement Structure, string Text, bool IsError = false)
{
    /// <summary>Longer texts are cut: a model reads them whole.</summary>
    public const int MaxText = 50_000;

    const int MaxShown = 100;

    /// <param name="text">The structure itself when null.</param>
    public static ToolAnswer Of<T>(T structure, JsonTypeInfo<T> shape, string? text = null)
    {
        var json = JsonSerializer.SerializeToElement(structure, shape);
        return new ToolAnswer(json, Cut(text ?? json.GetRawText()));
    }

    public static ToolAnswer OfError(ProductException error) => OfError(error.Message, error.Reason ?? WireEnum<ErrorCode>.Text(error.Code));

    public static ToolAnswer OfError(string error, string code) => OfError(new FailureShown { Error = error, Code = code });

    public static ToolAnswer OfError(FailureShown failure) =>
        new(JsonSerializer.SerializeToElement(failure, McpJson.Readable.FailureShown), Cut($"Error: {failure.Error}"), IsError: true);

    public static string Cut(string text) => text.Length <= MaxText
        ? text
        : $"{Head(text, MaxText)}\n\n[cut: {text.Length - MaxText} of {text.Length} characters are missing; the session's log has the whole text]";

    /// <summary>A foreign text inside a sentence of ours.</summary>
    public static string Short(string text) => text.Length <= MaxShown ? text : Head(text, MaxShown) + "…";

    public CallToolResult ToResult() => new()
    {
        Content = [new TextContentBlock { Text = Text }],
        StructuredContent = Structure,
        IsError = IsError ? true : null,
    };

    // Half of a pair is no text.
    static string Head(string text, int length) => text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
}
