using System.Security.Cryptography;

namespace AgentOrchestrator.Protocol;

/// <summary>Makes the random identifiers of the wire: a prefix and lower-case hex digits.</summary>
/// <remarks>Identity only; never an order.</remarks>
public static class Ids
{
    static volatile IdGroup s_near = new();

    public static string NewSession() => NewNear("ses_");

    public static string NewRun() => NewNear("run_");

    public static string NewRunner() => New("lnch_", 12);

    public static string NewCallback() => New("cb_", 16);

    public static string New(string prefix, int hexDigits) =>
        prefix + RandomNumberGenerator.GetHexString(hexDigits, lowercase: true);

    static string NewNear(string prefix)
    {
        string? digits;
        while ((digits = s_near.Next()) is null)
        {
            s_near = new IdGroup();
        }

        return prefix + digits;
    }
}
