using System.Globalization;
using System.Security.Cryptography;

namespace AgentOrchestrator.Protocol;

/// <summary>Ids that are made together share their first digits, so that they stand together in indexes, however many came before them.</summary>
/// <remarks>
/// The shared digits are as random as the others. Those are a count from a random place, scattered one to one over all of their
/// values: within a group no two are the same, and those of two groups are the same as rarely as 12 random digits.
/// </remarks>
sealed class IdGroup
{
    const int Length = 256;
    const int SharedDigits = 5;
    const int OwnBits = 28;
    const uint OwnMask = (1u << OwnBits) - 1;

    // Odd, so that the product is another value for each value.
    const uint Scatter = 0x9E3779B1;

    readonly string _shared = RandomNumberGenerator.GetHexString(SharedDigits, lowercase: true);
    readonly uint _first = (uint)RandomNumberGenerator.GetInt32(1 << OwnBits);
    int _made;

    /// <summary>12 hex digits; null when the group is whole.</summary>
    public string? Next()
    {
        var made = (uint)Interlocked.Increment(ref _made);
        return made > Length ? null : _shared + Scattered(Scattered(_first + made)).ToString("x7", CultureInfo.InvariantCulture);
    }

    static uint Scattered(uint value)
    {
        var product = unchecked(value * Scatter) & OwnMask;
        return product ^ (product >> (OwnBits / 2));
    }
}
