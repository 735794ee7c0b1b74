using System.Text;
using System.Text.Json;
using AgentOrchestrator.Protocol.Secrets;
using Xunit;

namespace AgentOrchestrator.Tests.Secrets;

public sealed class RedactorTests
{
    const string Password = "p\"w/+ü&canary7Zq";

    static readonly string s_hex = string.Concat(Enumerable.Repeat("0123456789abcdef", 4));
    static readonly Redactor s_knowing = new([new KnownSecret("DB_PASSWORD", Password), new KnownSecret("PIN", "4929123456789012")]);

    public static TheoryData<string, string> Keys => new()
    {
        { "ao_" + s_hex, "access token" },
        { "aor_" + s_hex, "run token" },
        { "sk-ant-api03-abcdefghijklmnop_qrstu", "Anthropic API key" },
        { "sk-proj-abcdefghij0123456789", "API key" },
        { "sk_live_abcdefghij012345", "API key" },
        { "ghp_abcdefghijklmnopqrstuvwxyz0123456789", "GitHub token" },
        { "github_pat_abcdefghijklmnopqrstuvwxyz", "GitHub token" },
        { "glpat-abcdefghij0123456789", "GitLab token" },
        { "AKIAABCDEFGHIJKLMNOP", "AWS access key" },
        { "AIzaabcdefghijklmnopqrstuvwxyz012345678", "Google API key" },
        { "xoxb-0123456789-abc", "Slack token" },
        { "hf_abcdefghijklmnopqrstuvwxyz0123", "Hugging Face token" },
        { "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "JSON web token" },
        { "Bearer abcdefghijklmnopqrst+/==", "bearer token" },
        { "-----BEGIN RSA PRIVATE KEY-----\nMIIB\nAAAA\n-----END RSA PRIVATE KEY-----", "private key" },
    };

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_key_is_cut_out_of_texts_and_of_JSON_and_nothing_else_is(string key, string what)
    {
        Assert.Equal($"[redacted: {what}]", Redactor.OfShapes.Redact(key));
        Assert.Equal($"a=\"[redacted: {what}]\", b", Redactor.OfShapes.Redact($"a=\"{key}\", b"));
        Assert.Equal($"[redacted: {what}] [redacted: {what}]", Redactor.OfShapes.Redact($"{key} {key}"));
        // JSON as a text within JSON: the escape of a line end stands right before the key.
        var nested = JsonSerializer.Serialize(new { line = "first\n" + key });
        var json = JsonSerializer.SerializeToUtf8Bytes(new { output = nested, list = new[] { key } });
        using var read = JsonDocument.Parse(Redactor.OfShapes.RedactJson(json)!);
        Assert.Equal($"[redacted: {what}]", read.RootElement.GetProperty("list")[0].GetString());
        Assert.Contains($"[redacted: {what}]", read.RootElement.GetProperty("output").GetString()!, StringComparison.Ordinal);
        Assert.DoesNotContain(key.Split('\n')[0], read.RootElement.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("task-1234567890123456789012, disk-full, risk-based")]
    [InlineData("https://example.org:8080/a@b?c=d and http://user@host/")]
    [InlineData("ses_0123456789ab run_0123456789ab ao_hello")]
    [InlineData("eyJ is how they begin; eyJhbGciOiJIUzI1NiJ9 alone is none")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----")]
    [InlineData("Bearer TOKEN, sk-fading-circle-of-long-words")]
    public void What_is_no_key_stays(string text)
    {
        Assert.Same(text, Redactor.OfShapes.Redact(text));
        Assert.Null(Redactor.OfShapes.RedactJson(JsonSerializer.SerializeToUtf8Bytes(text)));
    }

    [Fact]
    public void A_login_in_a_URL_is_cut_and_the_rest_of_it_stays() =>
        Assert.Equal(
            "postgres://[redacted: login in a URL]@db:5432/x", Redactor.OfShapes.Redact("postgres://ao:secret@db:5432/x"));

    [Fact]
    public void A_known_secret_is_found_as_it_is_escaped_and_encoded()
    {
        var bytes = Encoding.UTF8.GetBytes(Password);
        string[] forms =
        [
            Password, Uri.EscapeDataString(Password), JsonSerializer.Serialize(Password), JsonSerializer.Serialize(JsonSerializer.Serialize(Password)),
            Convert.ToBase64String(bytes), Convert.ToBase64String([1, .. bytes, 2]), Convert.ToBase64String([1, 2, .. bytes, 3, 4]),
        ];

        Assert.All(forms, form =>
        {
            Assert.Contains("[redacted: $DB_PASSWORD]", s_knowing.Redact(form), StringComparison.Ordinal);
            var json = s_knowing.RedactJson(JsonSerializer.SerializeToUtf8Bytes(new { text = form }));
            Assert.Contains("[redacted: $DB_PASSWORD]", Encoding.UTF8.GetString(json!), StringComparison.Ordinal);
        });
    }

    [Fact]
    public void JSON_stays_JSON_without_a_name_twice_whatever_is_cut()
    {
        var key = "sk-ant-api03-abcdefghijklmnop_";
        var json = JsonElement.Parse(
            $$$"""{"{{{key}}}a":1,"{{{key}}}b":{"n":4929123456789012,"e":"\u0073k-ant-api03-abcdefghijklmnop_"},"[redacted: Anthropic API key]":[true,null]}""");

        var cut = s_knowing.Redact(json);

        Assert.Equal(
            """{"[redacted: Anthropic API key]":1,"[redacted: Anthropic API key]'":{"n":"[redacted: $PIN]","e":"[redacted: Anthropic API key]"},"[redacted: Anthropic API key]''":[true,null]}""",
            cut.GetRawText().Replace(@"\u0027", "'", StringComparison.Ordinal));
    }

    [Fact]
    public void The_names_of_an_envelope_stay()
    {
        var knowing = new Redactor([new KnownSecret("ODD", "tool_output_1")]);

        Assert.Equal(
            """{"tool_output_1":{"[redacted: $ODD]":1}}""",
            Encoding.UTF8.GetString(knowing.RedactJson("""{"tool_output_1":{"tool_output_1":1}}"""u8, isEnvelope: true)!));
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_text_in_pieces_never_shows_a_part_of_a_key(string key, string what)
    {
        var text = $"before task-7 {key} after {key}\nand {Password} end";
        for (var size = 1; size < text.Length; size++)
        {
            var streamed = new StreamedRedaction(s_knowing);
            var pieces = text.Chunk(size).Select(piece => streamed.Add(new string(piece))).ToList();
            pieces.Add(streamed.End());

            Assert.Equal($"before task-7 [redacted: {what}] after [redacted: {what}]\nand [redacted: $DB_PASSWORD] end", string.Concat(pieces));
        }
    }

    [Fact]
    public void Plain_text_in_pieces_is_shown_at_once()
    {
        var streamed = new StreamedRedaction(Redactor.OfShapes);

        Assert.All(["Hello ", "world", ". How", " are you?\n"], piece => Assert.Equal(piece, streamed.Add(piece)));
    }

    [Fact]
    public void The_environment_says_what_is_secret()
    {
        var environment = new Dictionary<string, string>
        {
            ["OPENAI_API_KEY"] = "abcd1234",
            ["POSTGRES_PASSWORD"] = "postgres",
            ["MONKEY_ISLAND"] = "a long value that is none",
            ["CREDENTIALS"] = Path.GetTempPath(),
            ["JIRA_LOGIN"] = "me",
            ["DATABASE_URL"] = "postgres://ao:s%2Fecret-99@db/x",
            [KnownSecret.NamesVariable] = "JIRA_LOGIN, MISSING",
        };

        Assert.Equal(
            [("DATABASE_URL", "s/ecret-99"), ("JIRA_LOGIN", "me"), ("OPENAI_API_KEY", "abcd1234")],
            KnownSecret.Of(environment).Select(secret => (secret.Name, secret.Value)).Order());
    }
}
