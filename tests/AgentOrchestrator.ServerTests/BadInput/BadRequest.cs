using System.Net.Http.Headers;
using System.Text;

namespace AgentOrchestrator.ServerTests.BadInput;

/// <summary>A request with one thing wrong.</summary>
/// <param name="What">The mutation in words, for the failure message.</param>
/// <param name="IsCertain">It must be refused; else the server may also find a sense in it, but never fails.</param>
sealed record BadRequest(string Method, string Target, string What, bool IsCertain)
{
    public byte[]? Body { get; init; }
    public string? MediaType { get; init; } = "application/json";

    public HttpRequestMessage ToMessage(Uri server)
    {
        // As written: the client must not tidy dots and escapes away before the server sees them.
        var target = new Uri(
            server.GetLeftPart(UriPartial.Authority) + Target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var message = new HttpRequestMessage(new HttpMethod(Method), target);
        if (Body is not null)
        {
            message.Content = new ByteArrayContent(Body);
            message.Content.Headers.ContentType = MediaType is null ? null : MediaTypeHeaderValue.Parse(MediaType);
        }

        return message;
    }

    public override string ToString() =>
        $"{Method} {Cut(Target)} [{What}] {(Body is null ? "" : Cut(Encoding.UTF8.GetString(Body)))}";

    static string Cut(string text) => text.Length <= 300 ? text : $"{text[..300]}… ({text.Length})";
}
