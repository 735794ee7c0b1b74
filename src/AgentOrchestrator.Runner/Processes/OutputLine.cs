using System.Text;

namespace AgentOrchestrator.Runner.Processes;

/// <summary>One line of a program's output, without its line end.</summary>
/// <param name="Bytes">What was written, at most the bound of the reader; any bytes at all, not only UTF-8.</param>
/// <param name="Length">How many bytes the line really had.</param>
public sealed record OutputLine(ReadOnlyMemory<byte> Bytes, long Length)
{
    /// <summary>Where it begins in all that the program wrote, in bytes.</summary>
    public long Position { get; init; }

    /// <summary>True when <see cref="Bytes"/> is still one JSON text, whose long strings say themselves that they are cut.</summary>
    public bool IsShortened { get; init; }

    /// <summary>True when the line was longer than what is kept of it.</summary>
    public bool IsCut => Length > Bytes.Length && !IsShortened;

    /// <summary>The bytes as text; what is not UTF-8 becomes U+FFFD.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes.Span);
}
