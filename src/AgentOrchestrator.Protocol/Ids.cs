using System.Security.Cryptography;

namespace AgentOrchestrator.Protocol;

/// <summary>Makes the random identifiers of the wire: a prefix and lower-case hex digits.</summary>
/// <remarks>Identity only; never an order. A store retries with a new id when one collides.</remarks>
public static class Ids
{
    public static string NewSession() => New("ses_", 12);

    public static string NewRun() => New("run_", 12);

    public static string NewRunner() => New("lnch_", 12);

    public static string NewCallback() => New("cb_", 16);

    public static string New(string prefix, int hexDigits) =>
        prefix + RandomNumberGenerator.GetHexString(hexDigits, lowercase: true);
}
