using System.Security.Cryptography;
using System.Text;

namespace AgentOrchestrator.Coordinator.Runs;

/// <summary>What an executor shows to speak for its session. Lives as long as the lease; only its hash is stored.</summary>
public sealed record RunToken(string Text, string Hash)
{
    public const string Prefix = "aor_";

    public static RunToken New()
    {
        var text = Prefix + RandomNumberGenerator.GetHexString(64, lowercase: true);
        return new RunToken(text, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
    }
}
