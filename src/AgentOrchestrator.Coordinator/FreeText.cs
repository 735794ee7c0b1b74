using System.Text.RegularExpressions;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Coordinator;

/// <summary>The bounds of text that clients choose freely: not empty, not too long, no NUL (PostgreSQL cannot keep one).</summary>
public static partial class FreeText
{
    public const int MaxPathLength = 4_096;
    public const int MaxLabelLength = 255;
    public const int MaxLabels = 32;
    public const int MaxTimestampLength = 64;

    /// <summary>Null passes: the client left it out.</summary>
    /// <exception cref="ProductException">Invalid, naming the field and the bound.</exception>
    public static string? Check(string? value, string field, int maxLength) =>
        value is null ? null : Require(value, field, maxLength);

    public static string Require(string? value, string field, int maxLength) => value switch
    {
        null => throw Wrong($"{field} is required"),
        _ when string.IsNullOrWhiteSpace(value) => throw Wrong($"{field} must not be empty"),
        _ when value.Length > maxLength => throw Wrong($"{field} must be at most {maxLength} characters, this is {value.Length}"),
        _ when value.Contains('\0', StringComparison.Ordinal) => throw Wrong($"{field} must not contain a NUL character"),
        _ => value,
    };

    /// <summary>A list of labels without repeats; empty when the client left it out.</summary>
    public static IReadOnlyList<string> CheckLabels(IReadOnlyList<string>? labels, string field) => labels switch
    {
        null => [],
        { Count: > MaxLabels } => throw Wrong($"{field} must be at most {MaxLabels} of them, these are {labels.Count}"),
        _ => [.. labels.Select(label => Require(label, field, MaxLabelLength)).Distinct()],
    };

    /// <summary>A lower-case word of a vocabulary that clients may extend: event types, reasons.</summary>
    public static string RequireWord(string? value, string field) => value switch
    {
        null => throw Wrong($"{field} is required"),
        _ when !Word().IsMatch(value) => throw Wrong(
            $"{field} must be a word of at most 64 lower-case letters, digits and '_', starting with a letter"),
        _ => value,
    };

    static ProductException Wrong(string message) => new(ErrorCode.Invalid, message);

    [GeneratedRegex(@"^[a-z][a-z0-9_]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
