using System.Buffers;

namespace AgentOrchestrator.Protocol.Secrets;

/// <summary>How a kind of key begins and goes on, so that it is known wherever it stands.</summary>
/// <param name="Prefix">What it begins with, in ASCII that JSON never escapes.</param>
/// <param name="What">What is said in its place.</param>
/// <param name="Measure">Its length behind the prefix.</param>
/// <param name="NeedsEdge">Whether letters and digits before the prefix make it part of a word.</param>
sealed record SecretShape(string Prefix, string What, SecretMeasure Measure, bool NeedsEdge = false)
{
    const string UrlSlashes = "://";
    const string UrlLogin = "login in a URL";
    const string Digits = "0123456789";
    const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const string ApiKey = "API key";
    const string GitHub = "GitHub token";
    const string Slack = "Slack token";
    const string AwsKey = "AWS access key";
    const string Bearer = "bearer token";

    static readonly SearchValues<char> s_digits = SearchValues.Create(Digits);
    static readonly SearchValues<char> s_hex = SearchValues.Create("0123456789abcdef");
    static readonly SearchValues<char> s_capitals = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ" + Digits);
    static readonly SearchValues<char> s_word = SearchValues.Create(Letters + Digits);
    static readonly SearchValues<char> s_key = SearchValues.Create(Letters + Digits + "_-");
    static readonly SearchValues<char> s_token = SearchValues.Create(Letters + Digits + "_-.~+/=");
    static readonly SearchValues<char> s_endsLogin = SearchValues.Create("/?#\"'<>@ \t\r\n");

    /// <summary>At one place the first that fits is taken.</summary>
    public static IReadOnlyList<SecretShape> All { get; } =
    [
        new(UrlSlashes, UrlLogin, Login),
        new(":%2F%2F", UrlLogin, Login),
        new("aor_", "run token", Run(s_hex, 64)),
        new("ao_", "access token", Run(s_hex, 64)),
        new("sk-ant-", "Anthropic API key", Run(s_key, 20)),
        new("sk-", ApiKey, Key, NeedsEdge: true),
        new("sk_live_", ApiKey, Run(s_word, 16)),
        new("rk_live_", ApiKey, Run(s_word, 16)),
        new("ghp_", GitHub, Run(s_word, 36)),
        new("gho_", GitHub, Run(s_word, 36)),
        new("ghu_", GitHub, Run(s_word, 36)),
        new("ghs_", GitHub, Run(s_word, 36)),
        new("ghr_", GitHub, Run(s_word, 36)),
        new("github_pat_", GitHub, Run(s_key, 22)),
        new("glpat-", "GitLab token", Run(s_key, 20)),
        new("AKIA", AwsKey, Run(s_capitals, 16), NeedsEdge: true),
        new("ASIA", AwsKey, Run(s_capitals, 16), NeedsEdge: true),
        new("AIza", "Google API key", Run(s_key, 35), NeedsEdge: true),
        new("xoxa-", Slack, Run(s_key, 10)),
        new("xoxb-", Slack, Run(s_key, 10)),
        new("xoxp-", Slack, Run(s_key, 10)),
        new("xoxr-", Slack, Run(s_key, 10)),
        new("xoxs-", Slack, Run(s_key, 10)),
        new("xapp-", Slack, Run(s_key, 10)),
        new("hf_", "Hugging Face token", Run(s_word, 30), NeedsEdge: true),
        new("npm_", "npm token", Run(s_word, 36), NeedsEdge: true),
        new("eyJ", "JSON web token", WebToken, NeedsEdge: true),
        new("Bearer ", Bearer, Run(s_token, 20)),
        new("bearer ", Bearer, Run(s_token, 20)),
        new("Bearer%20", Bearer, Run(s_token, 20)),
        new("-----BEGIN ", "private key", PrivateKey),
    ];

    static readonly SecretShape[][] s_byFirst = [.. Enumerable.Range(0, 128).Select(c => All.Where(shape => shape.Prefix[0] == c).ToArray())];

    static SecretMeasure Run(SearchValues<char> alphabet, int least) => (rest, out isOpen) =>
    {
        var length = LengthOf(rest, alphabet, out isOpen);
        return length >= least ? length : 0;
    };

    /// <summary>Words are joined like this too; a key without a digit is none.</summary>
    static int Key(ReadOnlySpan<char> rest, out bool isOpen)
    {
        const int Least = 20;
        var length = LengthOf(rest, s_key, out isOpen);
        return length >= Least && rest[..length].ContainsAny(s_digits) ? length : 0;
    }

    static int WebToken(ReadOnlySpan<char> rest, out bool isOpen)
    {
        const int Least = 8;
        var length = LengthOf(rest, s_key, out isOpen);
        for (var part = 2; part <= 3 && length >= Least; part++)
        {
            if (length == rest.Length || rest[length] != '.')
            {
                return 0;
            }

            var further = LengthOf(rest[(length + 1)..], s_key, out isOpen);
            length = further >= Least || isOpen ? length + 1 + further : 0;
        }

        return length >= Least ? length : 0;
    }

    /// <summary>Name and password before the host.</summary>
    static int Login(ReadOnlySpan<char> rest, out bool isOpen)
    {
        var length = rest.IndexOfAny(s_endsLogin);
        isOpen = length < 0;
        return length > 0 && rest[length] is '@' && rest[..length].IndexOf(':') is var colon and >= 0 && colon < length - 1 ? length : 0;
    }

    /// <summary>To its last line; without one, to the end of the text.</summary>
    static int PrivateKey(ReadOnlySpan<char> rest, out bool isOpen)
    {
        const string Head = "PRIVATE KEY-----";
        const string Tail = "-----END ";
        const string TailEnd = "PRIVATE KEY-----";
        const int MaxKind = 20;
        var head = rest[..Math.Min(rest.Length, MaxKind + Head.Length)].IndexOf(Head);
        if (head < 0)
        {
            isOpen = rest.Length < MaxKind + Head.Length;
            return 0;
        }

        var body = head + Head.Length;
        var tail = rest[body..].IndexOf(Tail);
        var end = tail < 0 ? -1 : rest[(body + tail)..].IndexOf(TailEnd);
        isOpen = end < 0;
        return isOpen ? rest.Length : body + tail + end + TailEnd.Length;
    }

    static int LengthOf(ReadOnlySpan<char> rest, SearchValues<char> alphabet, out bool isOpen)
    {
        var length = rest.IndexOfAnyExcept(alphabet);
        isOpen = length < 0;
        return isOpen ? rest.Length : length;
    }

    /// <summary>What stands in its place.</summary>
    public string Mark { get; } = What is UrlLogin ? Prefix + MarkOf(What) : MarkOf(What);

    public static string MarkOf(string what) => $"[redacted: {what}]";

    /// <summary>Those that may begin with this character.</summary>
    public static ReadOnlySpan<SecretShape> BeginningWith(char first) => first < s_byFirst.Length ? s_byFirst[first] : [];

    /// <returns>How long it is from <paramref name="at"/>, prefix included; 0 when it is none.</returns>
    /// <param name="isOpen">Whether more text could make it one, or a longer one.</param>
    public int LengthAt(ReadOnlySpan<char> text, int at, out bool isOpen)
    {
        isOpen = false;
        if (!text[at..].StartsWith(Prefix, StringComparison.Ordinal) || (NeedsEdge && !IsEdge(text[..at])))
        {
            return 0;
        }

        var length = Measure(text[(at + Prefix.Length)..], out isOpen);
        return length == 0 ? 0 : Prefix.Length + length;
    }

    /// <summary>Also behind the escapes of JSON within a text: <c>\n</c>, <c>\u0022</c>.</summary>
    static bool IsEdge(ReadOnlySpan<char> before)
    {
        const int EscapeLength = 6;
        return before.IsEmpty || !char.IsAsciiLetterOrDigit(before[^1])
            || (before.Length > 1 && before[^2] is '\\' && before[^1] is 'n' or 'r' or 't' or 'b' or 'f')
            || (before.Length >= EscapeLength && before[^EscapeLength..] is ['\\', 'u', ..]);
    }
}

/// <returns>How much of <paramref name="rest"/>, the text behind a prefix, belongs to a secret; 0 when it is none.</returns>
/// <param name="isOpen">Whether the text ended before it could be told.</param>
delegate int SecretMeasure(ReadOnlySpan<char> rest, out bool isOpen);
