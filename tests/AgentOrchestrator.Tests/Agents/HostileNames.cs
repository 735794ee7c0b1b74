namespace AgentOrchestrator.Tests.Agents;

/// <summary>Names that try to be paths, devices, hidden files or look-alikes.</summary>
static class HostileNames
{
    static readonly string[] s_ups = ["..", "../", "..\\", "%2e%2e", "..%2f", "%252e%252e%252f", "..%5c", "..;", ".../...", "．．", "‥", "..\0", "..\n", ".. ", " .."];
    static readonly string[] s_targets = ["victim", "observability.db", "agents", "agents/good", "good/agent.json", "etc/passwd", "tmp", ""];
    static readonly string[] s_devices = ["CON", "con", "NUL", "aux", "PRN", "com1", "LPT9"];
    static readonly string[] s_segments = ["start", "stop", "create", "delete", "runbooks", "capabilities", "available", "assign-action-server", "remove-action-server"];

    static readonly string[] s_plain =
        [
            "", " ", ".", "..", "...", "/", "\\", "~", "~root", "$HOME", "${HOME}", "`id`", "$(id)", "*", "?", "|", "a|b", "a;b", "a&b", "<a>", "\"a\"", "'a'",
            ".disabled", "agent.json", "agent.system-prompt.md", ".git", ".ao-123456789abc", "-", "-rf", "--", "_", "_a", "a.", "a ", " a", "a\t", "a\n", "\na",
            "a\0", "\0", "a\0/../../b", "a/b", "a\\b", "a:b", "C:", "C:\\x", "\\\\host\\share", "//host/share", "file:///etc/passwd", "a%00", "a%2fb", "ａ", "а",
            "gооd", "good\u200b", "good\u202e", "\u202egood", "good\u0301", "góod", "good\u00ad", "g\u043eod", "good/", "good/.", "./good", "good/../good", "good\\",
            "good\u2215x", "good\u2044x", "good.", "good:stream", "😀", "good😀", "\ud800", "a\rb", "a\u0085b", "a\u2028b", "\u001b[2J", new string('a', 61), new string('a', 300), new string('a', 5_000),
        ];

    public static IEnumerable<string> All(string outside)
    {
        foreach (var name in s_plain.Concat(s_devices).Concat(s_segments)) { yield return name; }
        foreach (var up in s_ups)
        {
            foreach (var target in s_targets)
            {
                yield return up + target;
                yield return $"{up}/{target}";
                yield return $"good/{up}/{target}";
                yield return $"{up}\\{target}";
            }
        }

        foreach (var path in new[] { outside, "/etc/passwd", "/", "/tmp", "/proc/self/environ" })
        {
            yield return path;
            yield return path + "/";
            yield return "/" + path;
        }
    }
}
