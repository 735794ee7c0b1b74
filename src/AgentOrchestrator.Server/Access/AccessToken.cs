using System.Security.Cryptography;
using System.Text;

namespace AgentOrchestrator.Server.Access;

/// <summary>The text of tokens of people, services and runners: a prefix that scanners know, and 256 random bits.</summary>
/// <remarks>Only the hash is ever stored. Tokens of runs are <see cref="Coordinator.Runs.RunToken"/>.</remarks>
static class AccessToken
{
    public const string Prefix = "ao_";

    /// <summary>No token of ours is longer; what is longer is not even hashed.</summary>
    public const int MaxLength = 200;

    const int SecretDigits = 64;

    public static string New() => Prefix + RandomNumberGenerator.GetHexString(SecretDigits, lowercase: true);

    /// <summary>SHA-256, lower-case hex.</summary>
    public static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    /// <summary>Compares hashes in a time that says nothing about them.</summary>
    public static bool AreEqual(string hash, string other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(hash), Encoding.ASCII.GetBytes(other));
}
