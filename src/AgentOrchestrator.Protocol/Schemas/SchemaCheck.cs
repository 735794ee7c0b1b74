using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace AgentOrchestrator.Protocol.Schemas;

/// <summary>One check of one value.</summary>
sealed class SchemaCheck
{
    // Values nest at most 32 levels here; a schema that refers to itself without going into the value would not end, or not in our days.
    const int MaxDepth = 256;
    const int MaxSteps = 2_000_000;
    const int MaxShown = 60;
    int _depth;
    int _steps;

    public SchemaFault? Check(SchemaNode schema, JsonElement value, SchemaPlace place)
    {
        if (++_steps > MaxSteps) { return Fault(place, $"cannot be checked: its schema takes more than {MaxSteps} steps"); }
        if (_depth >= MaxDepth) { return Fault(place, "cannot be checked: its schema refers to itself without end"); }
        _depth++;
        try
        {
            return CheckAny(schema, value, place) ?? CheckCombined(schema, value, place) ?? value.ValueKind switch
            {
                JsonValueKind.Object => CheckObject(schema, value, place),
                JsonValueKind.Array => CheckArray(schema, value, place),
                JsonValueKind.String => CheckText(schema, value, place),
                JsonValueKind.Number => CheckNumber(schema, value, place),
                _ => null,
            };
        }
        finally
        {
            _depth--;
        }
    }

    static SchemaFault? CheckAny(SchemaNode schema, JsonElement value, SchemaPlace place)
    {
        if (schema.Always is false) { return Fault(place, "must not be there"); }
        if (schema.Types is { } types && !types.Any(type => IsOf(type, value)))
        {
            return Fault(place, $"must be {(types.Count == 1 ? "of the type" : "of one of the types")} {string.Join(", ", types)}, not {Shown(value)}");
        }

        if (schema.Const is { } constant && !JsonElement.DeepEquals(constant, value)) { return Fault(place, $"must be {Shown(constant)}, not {Shown(value)}"); }
        return schema.Enum is { } options && !options.Any(option => JsonElement.DeepEquals(option, value))
            ? Fault(place, $"must be one of {string.Join(", ", options.Take(20).Select(Shown))}, not {Shown(value)}")
            : null;
    }

    SchemaFault? CheckCombined(SchemaNode schema, JsonElement value, SchemaPlace place)
    {
        if (schema.Ref is { } target && Check(target, value, place) is { } wrong) { return wrong; }
        foreach (var part in schema.AllOf ?? [])
        {
            if (Check(part, value, place) is { } fault) { return fault; }
        }

        if (schema.AnyOf is { } any && any.All(part => Check(part, value, place) is not null)) { return Fault(place, "fits none of the schemas in anyOf"); }
        if (schema.OneOf is { } one && one.Count(part => Check(part, value, place) is null) is not 1 and var fits)
        {
            return Fault(place, $"must fit exactly one of the schemas in oneOf and fits {fits}");
        }

        return schema.Not is { } not && Check(not, value, place) is null ? Fault(place, "fits the schema that it must not fit") : null;
    }

    SchemaFault? CheckObject(SchemaNode schema, JsonElement value, SchemaPlace place)
    {
        foreach (var name in schema.Required ?? [])
        {
            if (!value.TryGetProperty(name, out _)) { return Fault(place.At(name), "is missing"); }
        }

        var count = 0;
        foreach (var member in value.EnumerateObject())
        {
            count++;
            var own = schema.Properties?.GetValueOrDefault(member.Name);
            if ((own ?? schema.AdditionalProperties) is { } rule && Check(rule, member.Value, place.At(member.Name)) is { } fault)
            {
                return own is null && rule.Always is false ? Fault(place.At(member.Name), "is not a member that the schema has") : fault;
            }
        }

        return CheckCount(count, schema.MinProperties, schema.MaxProperties, "members", place);
    }

    SchemaFault? CheckArray(SchemaNode schema, JsonElement value, SchemaPlace place)
    {
        var index = 0;
        var seen = schema.UniqueItems ? new HashSet<string>(StringComparer.Ordinal) : null;
        foreach (var item in value.EnumerateArray())
        {
            if (schema.Items is { } rule && Check(rule, item, place.At(index)) is { } fault) { return fault; }
            if (seen?.Add(Canonical(item)) is false) { return Fault(place.At(index), "is there twice"); }
            index++;
        }

        return CheckCount(index, schema.MinItems, schema.MaxItems, "items", place);
    }

    static SchemaFault? CheckText(SchemaNode schema, JsonElement value, SchemaPlace place)
    {
        if ((schema.MinLength ?? schema.MaxLength) is null && schema.Pattern is null) { return null; }
        string text;
        try
        {
            text = value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Fault(place, "holds half of a surrogate pair, which is no text");
        }

        var length = text.EnumerateRunes().Count();
        if (CheckCount(length, schema.MinLength, schema.MaxLength, "characters", place) is { } fault) { return fault; }
        try
        {
            return schema.Pattern is { } pattern && !pattern.IsMatch(text) ? Fault(place, $"must fit the pattern {pattern}, unlike {Shown(value)}") : null;
        }
        catch (RegexMatchTimeoutException)
        {
            return Fault(place, "is too long for its pattern");
        }
    }

    static SchemaFault? CheckNumber(SchemaNode schema, JsonElement value, SchemaPlace place)
    {
        var number = value.GetDouble();
        if (number < schema.Minimum) { return Fault(place, $"must be at least {Of(schema.Minimum)}, not {Shown(value)}"); }
        if (number > schema.Maximum) { return Fault(place, $"must be at most {Of(schema.Maximum)}, not {Shown(value)}"); }
        if (number <= schema.ExclusiveMinimum) { return Fault(place, $"must be above {Of(schema.ExclusiveMinimum)}, not {Shown(value)}"); }
        if (number >= schema.ExclusiveMaximum) { return Fault(place, $"must be below {Of(schema.ExclusiveMaximum)}, not {Shown(value)}"); }
        return schema.MultipleOf is { } step && !(value.TryGetDecimal(out var exact) && exact % step == 0)
            ? Fault(place, $"must be a multiple of {step.ToString(CultureInfo.InvariantCulture)}, not {Shown(value)}")
            : null;
    }

    static SchemaFault? CheckCount(int count, int? least, int? most, string what, SchemaPlace place) =>
        count < least ? Fault(place, $"must have at least {least} {what}, not {count}")
        : count > most ? Fault(place, $"must have at most {most} {what}, not {count}")
        : null;

    static bool IsOf(string type, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => type is "object",
        JsonValueKind.Array => type is "array",
        JsonValueKind.String => type is "string",
        JsonValueKind.True or JsonValueKind.False => type is "boolean",
        JsonValueKind.Null => type is "null",
        JsonValueKind.Number => type is "number" || (type is "integer" && IsWhole(value)),
        _ => false,
    };

    // 1.0 and 1e3 are integers to JSON Schema.
    static bool IsWhole(JsonElement value) => value.TryGetDecimal(out var exact) ? decimal.IsInteger(exact) : double.IsInteger(value.GetDouble());

    /// <summary>Equal for equal values: members in order, numbers by value, texts without escapes.</summary>
    static string Canonical(JsonElement value)
    {
        var text = new StringBuilder();
        Write(value, text);
        return text.ToString();
    }

    static void Write(JsonElement value, StringBuilder text)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    Write($"{member.Name.Length}:{member.Name}", text.Append('{'));
                    Write(member.Value, text);
                }

                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                foreach (var item in value.EnumerateArray()) { Write(item, text); }
                text.Append(']');
                break;
            case JsonValueKind.String:
                var raw = value.GetRawText().Contains('\\') ? value.ToString() : value.GetRawText()[1..^1];
                Write($"\"{raw.Length}:{raw}", text);
                break;
            case JsonValueKind.Number:
                Write(value.TryGetDecimal(out var exact) ? exact.ToString("G29", CultureInfo.InvariantCulture) : Of(value.GetDouble()), text.Append('#'));
                break;
            default:
                text.Append(value.ValueKind);
                break;
        }
    }

    static void Write(string part, StringBuilder text) => text.Append(part);

    static string Of(double? number) => number!.Value.ToString("R", CultureInfo.InvariantCulture);

    static string Shown(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        _ => value.GetRawText() is { Length: > MaxShown } text ? text[..MaxShown] + "…" : value.GetRawText(),
    };

    static SchemaFault Fault(SchemaPlace place, string message) => new(place.ToString(), message);
}
