using System.Text.Json;

namespace AgentOrchestrator.Models.Scripted;

/// <summary>What a scripted model answers; the format is in docs/scripted.md.</summary>
/// <param name="Pace">The pause between two words.</param>
public sealed record ChatScript(IReadOnlyList<ScriptStep> Steps, TimeSpan Pace)
{
    /// <summary>Without a script: says what it was told.</summary>
    public static ChatScript Echo { get; } = new([new ScriptStep { Turn = new ScriptTurn { Reply = "You said: {prompt}" } }], TimeSpan.Zero);

    /// <exception cref="ModelException">Names the member that is wrong and what it must be.</exception>
    public static ChatScript Parse(JsonElement script) => ScriptReader.Read(script);

    /// <summary>The first step that fits, with the texts that made it fit; null when none does.</summary>
    /// <param name="userTexts">All texts of the user, the newest last.</param>
    internal (ScriptStep Step, IReadOnlyList<string> Texts)? Find(IReadOnlyList<string> userTexts)
    {
        foreach (var step in Steps)
        {
            if (step.Fits(userTexts) is { } texts) { return (step, texts); }
        }

        return null;
    }
}

public sealed record ScriptStep
{
    /// <summary>A part of the newest user text, without regard to case; null fits every text.</summary>
    public string? Match { get; init; }

    /// <summary>Parts that the newest user texts must contain together, counted back as long as <see cref="Match"/> fits.</summary>
    public IReadOnlyList<string> All { get; init; } = [];

    public required ScriptTurn Turn { get; init; }

    internal IReadOnlyList<string>? Fits(IReadOnlyList<string> userTexts)
    {
        var texts = userTexts.Reverse().TakeWhile(text => Match is null || Contains(text, Match)).Reverse().ToList();
        return texts.Count > 0 && All.All(part => texts.Exists(text => Contains(text, part))) ? texts : null;
    }

    static bool Contains(string text, string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);
}

/// <summary>One answer: text, then tool calls or a failure; and the answer to the tools' results.</summary>
public sealed record ScriptTurn
{
    public string Reply { get; init; } = "";
    public IReadOnlyList<ScriptCall> Calls { get; init; } = [];
    public string? Fail { get; init; }
    public ScriptTurn? Then { get; init; }
}

/// <param name="Input">The tool's arguments; its texts may hold the placeholders of a reply.</param>
public sealed record ScriptCall(string Name, JsonElement Input);
