using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AgentOrchestrator.ModelServer;

/// <summary>Where a conversation stands: the newest text of the user, and how often the model has answered it already.</summary>
sealed partial record Conversation(string UserText, int Answered, string LastToolResult)
{
    public static Conversation Read(JsonObject body)
    {
        var messages = body["messages"]?.AsArray() ?? [];
        var userText = "";
        var lastToolResult = "";
        var answered = 0;
        foreach (var message in messages.OfType<JsonObject>())
        {
            var role = message["role"]?.GetValue<string>();
            if (role == "assistant") { answered++; }
            if (role == "tool") { lastToolResult = TextOf(message["content"]); }
            if (role != "user") { continue; }

            if (ToolResultOf(message["content"]) is { } result) { lastToolResult = result; }
            var text = Reminders().Replace(TextOf(message["content"]), "").Trim();
            if (text.Length > 0) { (userText, answered) = (text, 0); }
        }

        return new Conversation(userText, answered, lastToolResult);
    }

    public Turn Next(Script script)
    {
        if (Answered < script.Turns.Count) { return script.Turns[Answered]; }

        return new Turn { Text = $"The tool said: {LastToolResult}" };
    }

    static string TextOf(JsonNode? content) => content switch
    {
        JsonValue value => value.GetValue<string>(),
        JsonArray blocks => string.Join('\n', blocks.OfType<JsonObject>()
            .Where(block => Is(block, "text")).Select(block => block["text"]!.GetValue<string>())),
        _ => "",
    };

    static string? ToolResultOf(JsonNode? content) =>
        (content as JsonArray)?.OfType<JsonObject>().LastOrDefault(block => Is(block, "tool_result")) is { } block
            ? TextOf(block["content"])
            : null;

    static bool Is(JsonObject block, string type) => block["type"]?.GetValue<string>() == type;

    // Claude Code writes its own notes into the user's messages.
    [GeneratedRegex("<system-reminder>.*?</system-reminder>", RegexOptions.Singleline)]
    private static partial Regex Reminders();
}
