using ModelContextProtocol.Protocol;

namespace AgentOrchestrator.Tools.Mcp;

/// <summary>What a model reads of a tool's result: texts as they are, everything else named.</summary>
static class McpResultText
{
    const int MaxLength = 200_000;

    public static string Of(CallToolResult result)
    {
        var text = string.Join('\n', result.Content.Select(Of));
        if (text.Length == 0 && result.StructuredContent is { } structured) { text = structured.ToString() ?? ""; }

        return text.Length <= MaxLength ? text : $"{text[..MaxLength]}\n[cut: {text.Length - MaxLength:N0} more characters]";
    }

    static string Of(ContentBlock block) => block switch
    {
        TextContentBlock text => text.Text,
        ImageContentBlock image => $"[a picture, {image.MimeType}]",
        AudioContentBlock audio => $"[a sound, {audio.MimeType}]",
        EmbeddedResourceBlock { Resource: TextResourceContents text } => text.Text,
        EmbeddedResourceBlock { Resource: var resource } => $"[a resource, {resource.MimeType}: {resource.Uri}]",
        ResourceLinkBlock link => $"[a link to {link.Name}: {link.Uri}]",
        _ => $"[{block.Type}]",
    };
}
