using System.Net.Http.Headers;

namespace AgentOrchestrator.Coordinator.Documents;

/// <summary>What a document is, by what its sender says, else by its name, else by its bytes.</summary>
public static class ContentTypes
{
    public const string Unknown = "application/octet-stream";
    public const string Text = "text/plain";

    const int MaxLength = 255;

    static readonly (string Type, string Suffixes)[] s_suffixes =
    [
        (Text, ".txt .log"),
        ("text/markdown", ".md .markdown"),
        ("text/x-rst", ".rst"),
        ("text/html", ".html .htm"),
        ("text/css", ".css"),
        ("text/csv", ".csv"),
        ("text/tab-separated-values", ".tsv"),
        ("text/javascript", ".js .mjs"),
        ("text/x-python", ".py"),
        ("text/x-shellscript", ".sh"),
        ("text/x-c", ".c .h"),
        ("text/x-csharp", ".cs"),
        ("text/x-typescript", ".ts"),
        ("text/x-sql", ".sql"),
        ("application/json", ".json"),
        ("application/x-ndjson", ".jsonl .ndjson"),
        ("application/xml", ".xml"),
        ("application/yaml", ".yaml .yml"),
        ("application/toml", ".toml"),
        ("image/svg+xml", ".svg"),
        ("image/png", ".png"),
        ("image/jpeg", ".jpg .jpeg"),
        ("image/gif", ".gif"),
        ("image/webp", ".webp"),
        ("application/pdf", ".pdf"),
        ("application/zip", ".zip"),
        ("application/gzip", ".gz"),
        ("application/x-tar", ".tar"),
        ("audio/mpeg", ".mp3"),
        ("video/mp4", ".mp4"),
        ("audio/x-wav", ".wav"),
        ("application/wasm", ".wasm"),
    ];

    static readonly Dictionary<string, string> s_bySuffix = s_suffixes
        .SelectMany(known => known.Suffixes.Split(' ').Select(suffix => (Suffix: suffix, known.Type)))
        .ToDictionary(known => known.Suffix, known => known.Type, StringComparer.OrdinalIgnoreCase);

    static readonly HashSet<string> s_texts = new(StringComparer.OrdinalIgnoreCase)
    {
        "application/json", "application/xml", "application/x-ndjson", "application/yaml", "application/toml", "application/javascript", "image/svg+xml",
    };

    /// <param name="said">What the sender says; clients that do not know say <see cref="Unknown"/>.</param>
    public static string Of(string? said, string filename, bool isText)
    {
        var given = said is { Length: <= MaxLength } && MediaTypeHeaderValue.TryParse(said, out var type) ? type.ToString() : null;
        return given is not (null or Unknown) ? given : ByName(filename) ?? (isText ? Text : Unknown);
    }

    /// <summary>Whether it is read and edited by characters, as far as its type tells.</summary>
    public static bool IsText(string contentType)
    {
        var type = contentType.Split(';')[0].Trim();
        return type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) || s_texts.Contains(type)
            || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+xml", StringComparison.OrdinalIgnoreCase);
    }

    static string? ByName(string filename) => s_bySuffix.GetValueOrDefault(Path.GetExtension(filename));
}
