using System.Text.Json;

namespace AgentOrchestrator.Models.Scripted;

/// <summary>Reads scripts strictly, so that a slip of the pen is told and not ignored.</summary>
static class ScriptReader
{
    const int MaxSteps = 1_000;
    const int MaxPaceMs = 10_000;

    static readonly JsonElement s_noInput = JsonElement.Parse("{}");

    public static ChatScript Read(JsonElement script)
    {
        if (script.ValueKind == JsonValueKind.Array) { return new ChatScript(Steps(script), TimeSpan.Zero); }

        Known(script, "script", "steps", "pace_ms");
        return new ChatScript(script.TryGetProperty("steps", out var steps) ? Steps(steps) : throw Wrong("needs steps"), Pace(script));
    }

    static TimeSpan Pace(JsonElement script)
    {
        if (!script.TryGetProperty("pace_ms", out var pace)) { return TimeSpan.Zero; }

        return pace.ValueKind == JsonValueKind.Number && pace.TryGetInt32(out var milliseconds) && milliseconds is >= 0 and <= MaxPaceMs
            ? TimeSpan.FromMilliseconds(milliseconds)
            : throw Wrong($"pace_ms must be a whole number from 0 to {MaxPaceMs}");
    }

    static List<ScriptStep> Steps(JsonElement steps)
    {
        if (steps.ValueKind != JsonValueKind.Array || steps.GetArrayLength() is 0 or > MaxSteps)
        {
            throw Wrong($"steps must be a list of 1 to {MaxSteps}");
        }

        return [.. steps.EnumerateArray().Select((step, index) => Step(step, $"steps[{index}]"))];
    }

    static ScriptStep Step(JsonElement step, string where)
    {
        Known(step, where, "match", "all", "reply", "calls", "fail", "then");
        return new ScriptStep { Match = Text(step, "match", where), All = Texts(step, "all", where), Turn = Turn(step, where) };
    }

    static ScriptTurn Turn(JsonElement turn, string where)
    {
        var calls = turn.TryGetProperty("calls", out var list) ? Calls(list, $"{where}.calls") : [];
        var fail = Text(turn, "fail", where);
        if (fail is not null && calls.Count > 0) { throw Wrong($"{where} may have calls or fail, not both"); }

        ScriptTurn? then = null;
        if (turn.TryGetProperty("then", out var next))
        {
            if (calls.Count == 0) { throw Wrong($"{where}.then answers the results of calls, of which there are none"); }
            Known(next, $"{where}.then", "reply", "calls", "fail", "then");
            then = Turn(next, $"{where}.then");
        }

        return new ScriptTurn { Reply = Text(turn, "reply", where) ?? "", Calls = calls, Fail = fail, Then = then };
    }

    static List<ScriptCall> Calls(JsonElement calls, string where)
    {
        if (calls.ValueKind != JsonValueKind.Array) { throw Wrong($"{where} must be a list"); }

        return [.. calls.EnumerateArray().Select((call, index) => Call(call, $"{where}[{index}]"))];
    }

    static ScriptCall Call(JsonElement call, string where)
    {
        Known(call, where, "name", "input");
        var input = call.TryGetProperty("input", out var given) ? given : s_noInput;
        return input.ValueKind == JsonValueKind.Object
            ? new ScriptCall(Text(call, "name", where) ?? throw Wrong($"{where} needs a name"), input.Clone())
            : throw Wrong($"{where}.input must be an object");
    }

    static IReadOnlyList<string> Texts(JsonElement owner, string member, string where)
    {
        if (!owner.TryGetProperty(member, out var list)) { return []; }

        return list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(text => text.ValueKind == JsonValueKind.String)
            ? [.. list.EnumerateArray().Select(text => text.GetString()!)]
            : throw Wrong($"{where}.{member} must be a list of texts");
    }

    static string? Text(JsonElement owner, string member, string where)
    {
        if (!owner.TryGetProperty(member, out var text)) { return null; }

        return text.ValueKind == JsonValueKind.String ? text.GetString() : throw Wrong($"{where}.{member} must be a text");
    }

    static void Known(JsonElement owner, string where, params string[] members)
    {
        if (owner.ValueKind != JsonValueKind.Object) { throw Wrong($"{where} must be an object"); }

        foreach (var member in owner.EnumerateObject())
        {
            if (!members.Contains(member.Name)) { throw Wrong($"{where} has no member '{member.Name}'; it may have: {string.Join(", ", members)}"); }
        }
    }

    static ModelException Wrong(string what) => new($"The script is wrong: {what}.");
}
