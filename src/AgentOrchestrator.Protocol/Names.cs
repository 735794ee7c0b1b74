using System.Buffers;

namespace AgentOrchestrator.Protocol;

/// <summary>The grammar of agent and session names: <c>^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$</c>.</summary>
/// <remarks>Session ids that clients choose (UUIDs, <c>ses_…</c>) obey it too. Unique without regard to case.</remarks>
public static class Names
{
    public const int MaxLength = 60;

    static readonly SearchValues<char> s_allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    public static bool IsValid(string? name) =>
        name is { Length: > 0 and <= MaxLength }
        && char.IsAsciiLetterOrDigit(name[0])
        && !name.AsSpan().ContainsAnyExcept(s_allowed);

    /// <exception cref="ProductException"><see cref="ErrorCode.Invalid"/> when the name does not fit the grammar.</exception>
    public static string Require(string? name, string field) =>
        IsValid(name)
            ? name!
            : throw new ProductException(
                ErrorCode.Invalid,
                $"{field} must be 1 to {MaxLength} letters, digits, '_' or '-', starting with a letter or digit");
}
