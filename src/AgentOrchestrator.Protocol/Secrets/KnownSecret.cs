using System.Collections.Frozen;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AgentOrchestrator.Protocol.Secrets;

/// <summary>A value that is told to nobody.</summary>
/// <param name="Name">Whose it is: what is said in its place.</param>
public sealed record KnownSecret(string Name, string Value)
{
    /// <summary>The variable that names further ones whose values are secrets.</summary>
    public const string NamesVariable = "AGENT_ORCHESTRATOR_SECRET_VARIABLES";

    /// <summary>A value that long is one; a shorter one must not be a mere word or number, which other texts hold too.</summary>
    const int LongEnough = 16;

    const int LeastLength = 8;

    static readonly FrozenSet<string> s_words = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "KEY", "KEYS", "APIKEY", "TOKEN", "TOKENS", "SECRET", "SECRETS", "PASSWORD", "PASSWD", "PASSPHRASE", "PASS", "CREDENTIAL", "CREDENTIALS", "PAT", "COOKIE");

    /// <summary>
    /// The values of variables whose names say that they are secrets, or that are named in <see cref="NamesVariable"/>, and the passwords in URLs.
    /// </summary>
    public static IReadOnlyList<KnownSecret> Of(IReadOnlyDictionary<string, string> environment)
    {
        var named = environment.GetValueOrDefault(NamesVariable, "")
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return
        [
            .. from variable in environment
               let value = variable.Value.Trim()
               where variable.Key is not NamesVariable
               where named.Contains(variable.Key) ? value.Length > 0 : IsSecretName(variable.Key) && IsTelling(value) && !IsPath(value)
               select new KnownSecret(variable.Key, value),
            .. from variable in environment
               let password = PasswordIn(variable.Value)
               where password is not null
               select new KnownSecret(variable.Key, password),
        ];
    }

    /// <summary>The password of a URL such as that of a database; null without one.</summary>
    static string? PasswordIn(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var url) && url.UserInfo.IndexOf(':', StringComparison.Ordinal) is var colon and >= 0
        && Uri.UnescapeDataString(url.UserInfo[(colon + 1)..]) is var password && IsTelling(password)
            ? password
            : null;

    /// <summary>As it stands in other texts: as it is, in URLs, in JSON within a text, in base64 wherever it begins.</summary>
    internal IEnumerable<string> Forms()
    {
        var escaped = JsonEncodedText.Encode(Value).ToString();
        string[] forms =
        [
            Value, Uri.EscapeDataString(Value), escaped, JsonEncodedText.Encode(escaped).ToString(),
            JsonEncodedText.Encode(Value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString(), .. InBase64(),
        ];
        return forms.Where(form => form.Length >= Math.Min(LeastLength, Value.Length)).Distinct();
    }

    /// <summary>The digits that its own bytes decide, at each of the three places where it may begin.</summary>
    IEnumerable<string> InBase64()
    {
        var bytes = Encoding.UTF8.GetBytes(Value);
        for (var offset = 0; offset < 3; offset++)
        {
            var digits = Convert.ToBase64String([.. new byte[offset], .. bytes]).TrimEnd('=');
            var first = (8 * offset + 5) / 6;
            var whole = 8 * (offset + bytes.Length) / 6;
            if (whole - first >= LongEnough)
            {
                var own = digits[first..whole];
                yield return own;
                yield return own.Replace('+', '-').Replace('/', '_');
            }
        }
    }

    static bool IsSecretName(string name) => name.Split('_').Any(s_words.Contains);

    static bool IsTelling(string value) =>
        value.Length >= LongEnough || (value.Length >= LeastLength && !value.All(char.IsLetter) && !value.All(char.IsDigit));

    static bool IsPath(string value) => Path.IsPathRooted(value) && Path.Exists(value);
}
