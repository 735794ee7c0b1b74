using System.Buffers.Text;
using System.Text;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Coordinator;

/// <summary>A place in a list that is ordered by creation: what stood last on the page before.</summary>
/// <remarks>For paging through a list only. Logs are read by sequence, never by time.</remarks>
public readonly record struct PageKey(DateTimeOffset CreatedAt, string Id)
{
    public string ToCursor() =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{WireTime.ToMicroseconds(CreatedAt)}.{Id}"));

    /// <exception cref="ProductException"><see cref="ErrorCode.Malformed"/> for text that is no cursor of ours.</exception>
    public static PageKey FromCursor(string cursor)
    {
        if (cursor.Length <= 200 && Base64Url.IsValid(cursor))
        {
            var text = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor));
            var dot = text.IndexOf('.', StringComparison.Ordinal);
            if (dot > 0 && long.TryParse(text.AsSpan(0, dot), out var micros)
                && micros is >= 0 and < 253_402_300_800_000_000 && Names.IsValid(text[(dot + 1)..]))
            {
                return new PageKey(WireTime.FromMicroseconds(micros), text[(dot + 1)..]);
            }
        }

        throw new ProductException(ErrorCode.Malformed, "cursor is not one that this server gave out; start from the first page");
    }
}
