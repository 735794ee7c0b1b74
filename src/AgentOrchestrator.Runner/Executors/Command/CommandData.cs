using System.Text;
using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Schemas;
using AgentOrchestrator.Runner.Executors.Programs;

namespace AgentOrchestrator.Runner.Executors.Command;

/// <summary>Reads a prompt or an output as JSON and holds it against a schema.</summary>
sealed class CommandData(ProgramLimits limits)
{
    static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    readonly JsonDocumentOptions _reading = new() { MaxDepth = limits.MaxDataDepth, AllowDuplicateProperties = false };

    /// <summary>The data of a text; null when it is to stand as text.</summary>
    /// <param name="schema">What it must be; null when it need not be JSON.</param>
    /// <exception cref="CommandDataException">It must be data and is not as it must be.</exception>
    public JsonElement? Read(string text, JsonElement? schema)
    {
        if (schema is null) { return text.AsSpan().TrimStart() is ['{' or '[', ..] ? TryParse(text) : null; }

        var data = Parse(text);
        return Fault(data, schema.Value) is { } fault ? throw new CommandDataException($"does not fit the agent's schema: {fault}") : data;
    }

    /// <exception cref="CommandDataException">It is no text.</exception>
    public static string Text(ReadOnlySpan<byte> output)
    {
        try
        {
            return s_strict.GetString(output);
        }
        catch (DecoderFallbackException wrong)
        {
            throw new CommandDataException($"is neither JSON nor text: it is not UTF-8 at byte {wrong.Index}");
        }
    }

    static SchemaFault? Fault(JsonElement data, JsonElement schema)
    {
        try
        {
            return JsonSchema.Read(schema).Check(data);
        }
        catch (ProductException unreadable)
        {
            throw new CommandDataException($"cannot be checked, because the agent's schema is wrong: {unreadable.Message}");
        }
    }

    JsonElement Parse(string text)
    {
        if (string.IsNullOrWhiteSpace(text)) { throw new CommandDataException("is not JSON: there is nothing"); }
        try
        {
            using var document = JsonDocument.Parse(text, _reading);
            return document.RootElement.Clone();
        }
        catch (JsonException wrong)
        {
            var place = wrong.LineNumber is { } line ? $"line {line + 1}, byte {wrong.BytePositionInLine + 1}. " : "";
            throw new CommandDataException($"is not JSON: {place}{FirstSentence(wrong.Message)}");
        }
    }

    JsonElement? TryParse(string text)
    {
        try
        {
            return Parse(text);
        }
        catch (CommandDataException)
        {
            return null;
        }
    }

    // The framework appends where it happened, which is said already.
    static string FirstSentence(string message) => message.IndexOf(" LineNumber:", StringComparison.Ordinal) is var end and > 0 ? message[..end] : message;
}

/// <summary>Data that is not as it must be; the message goes on after "The prompt" or "The output".</summary>
sealed class CommandDataException(string message) : Exception(message);
