using System.Globalization;

namespace AgentOrchestrator.Tools.BuiltIn;

/// <summary>Evaluates arithmetic by recursive descent.</summary>
ref struct Arithmetic
{
    const int MaxLength = 1_000;
    const int MaxDepth = 100;

    static readonly Dictionary<string, Func<double, double>> s_functions = new(StringComparer.OrdinalIgnoreCase)
    {
        ["sqrt"] = Math.Sqrt,
        ["abs"] = Math.Abs,
        ["round"] = Math.Round,
        ["floor"] = Math.Floor,
        ["ceil"] = Math.Ceiling,
        ["sin"] = Math.Sin,
        ["cos"] = Math.Cos,
        ["tan"] = Math.Tan,
        ["log"] = Math.Log,
        ["log10"] = Math.Log10,
        ["exp"] = Math.Exp,
    };

    static readonly Dictionary<string, double> s_constants = new(StringComparer.OrdinalIgnoreCase) { ["pi"] = Math.PI, ["e"] = Math.E };

    readonly ReadOnlySpan<char> _text;
    int _at;
    int _depth;

    Arithmetic(ReadOnlySpan<char> text) => _text = text;

    public static string FunctionNames => string.Join(", ", s_functions.Keys);

    /// <exception cref="FormatException">Says what is wrong and where.</exception>
    public static double Evaluate(string expression)
    {
        if (expression.Length > MaxLength) { throw new FormatException($"the expression is longer than {MaxLength} characters"); }

        var reader = new Arithmetic(expression);
        var value = reader.Sum();
        return reader.Peek() == '\0' ? value : throw reader.Wrong();
    }

    double Sum()
    {
        if (++_depth > MaxDepth) { throw new FormatException("the expression is nested too deeply"); }

        var value = Product();
        while (Peek() is '+' or '-') { value = Take() == '+' ? value + Product() : value - Product(); }
        _depth--;
        return value;
    }

    double Product()
    {
        var value = Signed();
        while (Peek() is '*' or '/' or '%')
        {
            var sign = Take();
            var right = Signed();
            value = sign switch
            {
                '*' => value * right,
                _ when right == 0 => throw new FormatException("division by zero"),
                '/' => value / right,
                _ => value % right,
            };
        }

        return value;
    }

    // -2^2 is -4, and 2^-2 a quarter.
    double Signed()
    {
        if (Peek() is not ('+' or '-')) { return Power(); }
        if (++_depth > MaxDepth) { throw new FormatException("the expression is nested too deeply"); }

        var value = Take() == '-' ? -Signed() : Signed();
        _depth--;
        return value;
    }

    double Power()
    {
        var value = Atom();
        if (Peek() != '^') { return value; }

        Take();
        return Math.Pow(value, Signed());
    }

    double Atom()
    {
        if (Peek() == '(') { return InParentheses(); }

        var start = _at;
        if (char.IsAsciiLetter(Peek()))
        {
            while (char.IsAsciiLetterOrDigit(Here())) { _at++; }
            var name = _text[start.._at].Trim().ToString();
            return s_constants.TryGetValue(name, out var constant) ? constant
                : s_functions.TryGetValue(name, out var function) ? function(InParentheses())
                : throw new FormatException($"'{name}' is unknown");
        }

        start = _at;
        while (char.IsAsciiDigit(Here()) || Here() == '.') { _at++; }
        return double.TryParse(_text[start.._at], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : throw Wrong();
    }

    double InParentheses()
    {
        if (Peek() != '(') { throw Wrong(); }

        Take();
        var value = Sum();
        if (Peek() != ')') { throw Wrong(); }

        Take();
        return value;
    }

    /// <summary>The next character that is not white space; NUL at the end.</summary>
    char Peek()
    {
        while (char.IsWhiteSpace(Here())) { _at++; }
        return Here();
    }

    readonly char Here() => _at < _text.Length ? _text[_at] : '\0';

    char Take() => _text[_at++];

    readonly FormatException Wrong() => new(_at < _text.Length ? $"'{_text[_at]}' at {_at + 1} is not understood" : "the expression ends too early");
}
