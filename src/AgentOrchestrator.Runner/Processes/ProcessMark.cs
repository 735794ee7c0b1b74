using System.Security.Cryptography;

namespace AgentOrchestrator.Runner.Processes;

/// <summary>
/// By what the processes of a run are known, wherever they went: an environment variable that every descendant inherits. Its value is the
/// token of the attempt, followed for each started process by a dot and a token of its own.
/// </summary>
public static class ProcessMark
{
    public const string Variable = "AO_RUN_TOKEN";

    /// <summary>A token for one attempt of a run.</summary>
    public static string New() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    internal static string ForProcess(string attempt) => $"{attempt}.{RandomNumberGenerator.GetHexString(12, lowercase: true)}";

    /// <summary>The mark in an environment block (NUL-separated); empty when it has none.</summary>
    internal static ReadOnlySpan<byte> ValueIn(ReadOnlySpan<byte> environment)
    {
        while (!environment.IsEmpty)
        {
            var end = environment.IndexOf((byte)0);
            var entry = end < 0 ? environment : environment[..end];
            environment = end < 0 ? [] : environment[(end + 1)..];
            if (entry.StartsWith("AO_RUN_TOKEN="u8))
            {
                return entry["AO_RUN_TOKEN=".Length..];
            }
        }

        return [];
    }

    /// <summary>Whether a mark is the token or one made from it.</summary>
    internal static bool Is(ReadOnlySpan<byte> mark, ReadOnlySpan<byte> token) =>
        mark.StartsWith(token) && (mark.Length == token.Length || mark[token.Length] == (byte)'.');
}
