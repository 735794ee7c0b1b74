using System.Security.Cryptography;

namespace AgentOrchestrator.Protocol;

/// <summary>Makes the random identifiers of the wire: a prefix and lower-case hex digits.</summary>
/// <remarks>
/// Identity only; never an order. A store retries with a new id when one collides. Sessions and runs that are made together share
/// their first digits, which are as random as the others: so they stand together in indexes, however many came before them.
/// </remarks>
public static class Ids
{
    // Of 256 ids that share 20 bits and differ in 28, two are the same in one of 8,000 such groups.
    const int SharedDigits = 5;
    const uint MadeTogether = 256;

    static volatile string s_shared = RandomNumberGenerator.GetHexString(SharedDigits, lowercase: true);
    static uint s_made;

    public static string NewSession() => NewNear("ses_", 12);

    public static string NewRun() => NewNear("run_", 12);

    public static string NewRunner() => New("lnch_", 12);

    public static string NewCallback() => New("cb_", 16);

    public static string New(string prefix, int hexDigits) =>
        prefix + RandomNumberGenerator.GetHexString(hexDigits, lowercase: true);

    static string NewNear(string prefix, int hexDigits)
    {
        if (Interlocked.Increment(ref s_made) % MadeTogether == 0)
        {
            s_shared = RandomNumberGenerator.GetHexString(SharedDigits, lowercase: true);
        }

        return New(prefix + s_shared, hexDigits - SharedDigits);
    }
}
