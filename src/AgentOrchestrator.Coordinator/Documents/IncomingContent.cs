using System.Security.Cryptography;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>Content on its way in: read once, to its end, and known then by its length and its SHA-256.</summary>
/// <param name="most">How many bytes it may have.</param>
/// <param name="refusal">What to say of more.</param>
public sealed class IncomingContent(Stream source, long most, Func<ProductException> refusal) : IDisposable
{
    readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    readonly TextCheck _text = new();

    public long Length { get; private set; }

    /// <summary>Known at the end: UTF-8 without NUL.</summary>
    public bool IsText { get; private set; }

    /// <summary>Known at the end: lower-case hex.</summary>
    public string Checksum { get; private set; } = "";

    /// <returns>0 at the end.</returns>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancel)
    {
        var read = await source.ReadAsync(buffer, cancel).ConfigureAwait(false);
        if (read == 0)
        {
            (IsText, Checksum) = (_text.End(), Convert.ToHexStringLower(_hash.GetCurrentHash()));
            return 0;
        }

        Length += read;
        if (Length > most) { throw refusal(); }

        _hash.AppendData(buffer.Span[..read]);
        _text.Look(buffer.Span[..read]);
        return read;
    }

    /// <summary>Fills the buffer, unless the content ends before.</summary>
    public async ValueTask<int> ReadFullAsync(Memory<byte> buffer, CancellationToken cancel)
    {
        var filled = 0;
        for (int read; filled < buffer.Length && (read = await ReadAsync(buffer[filled..], cancel).ConfigureAwait(false)) > 0;) { filled += read; }
        return filled;
    }

    public void Dispose() => _hash.Dispose();
}
