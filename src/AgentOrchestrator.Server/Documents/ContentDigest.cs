using AgentOrchestrator.Coordinator.Documents;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Server.Documents;

/// <summary>What the sender says the SHA-256 of its bytes is, so that what was changed on the way is not kept.</summary>
static class ContentDigest
{
    const string Header = "Content-Digest";
    const string Prefix = "sha-256=:";

    /// <summary>By the header of RFC 9530; other digests in it are not looked at.</summary>
    /// <exception cref="ProductException">Malformed; Invalid when it is another.</exception>
    public static void Require(HttpRequest request, StoredContent content)
    {
        var digests = request.Headers.GetCommaSeparatedValues(Header);
        if (Array.Find(digests, digest => digest.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)) is not { } given) { return; }

        var bytes = new byte[32];
        if (!Convert.TryFromBase64String(given[Prefix.Length..].TrimEnd(':'), bytes, out var length) || length != bytes.Length)
        {
            throw new ProductException(ErrorCode.Malformed, "Content-Digest must be sha-256=:BASE64:");
        }

        Require(Convert.ToHexStringLower(bytes), content);
    }

    /// <param name="checksum">In hex; null where the sender does not say.</param>
    /// <exception cref="ProductException">Invalid when it is another.</exception>
    public static void Require(string? checksum, StoredContent content)
    {
        if (checksum is not null && !checksum.Equals(content.Checksum, StringComparison.OrdinalIgnoreCase))
        {
            throw new ProductException(ErrorCode.Invalid, $"the SHA-256 of what arrived is {content.Checksum}, and not what was said; send it again", "checksum_mismatch");
        }
    }
}
