using System.Globalization;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Server.Configuration;

/// <summary>Environment variables as values. An empty variable counts as unset.</summary>
sealed class Settings(Func<string, string?> environment)
{
    public string? Text(string name) => environment(name)?.Trim() is { Length: > 0 } value ? value : null;

    /// <exception cref="ProductException">Invalid.</exception>
    public bool Flag(string name) => Text(name)?.ToUpperInvariant() switch
    {
        null or "FALSE" or "0" or "NO" or "OFF" => false,
        "TRUE" or "1" or "YES" or "ON" => true,
        _ => throw Refuse(name, "true or false"),
    };

    /// <exception cref="ProductException">Invalid.</exception>
    public int? Number(string name, int least, int most) => Text(name) switch
    {
        null => null,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value >= least && value <= most => value,
        _ => throw Refuse(name, $"a whole number from {least} to {most}"),
    };

    /// <exception cref="ProductException">Invalid.</exception>
    public decimal? Money(string name, decimal most) => Text(name) switch
    {
        null => null,
        var text when decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value <= most => value,
        _ => throw Refuse(name, $"an amount from 0 to {most}, such as 2.50"),
    };

    /// <exception cref="ProductException">Invalid.</exception>
    public TimeSpan Seconds(string name, TimeSpan byDefault, int most = 86_400) =>
        Number(name, 1, most) is { } seconds ? TimeSpan.FromSeconds(seconds) : byDefault;

    /// <exception cref="ProductException">Invalid, listing the words.</exception>
    public T Word<T>(string name, T byDefault, params ReadOnlySpan<(string Word, T Value)> words)
    {
        if (Text(name) is not { } text)
        {
            return byDefault;
        }

        var known = new List<string>();
        foreach (var (word, value) in words)
        {
            if (text.Equals(word, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }

            known.Add(word);
        }

        throw Refuse(name, "one of " + string.Join(", ", known));
    }

    ProductException Refuse(string name, string what) =>
        new(ErrorCode.Invalid, $"{name} is '{Text(name)}' but must be {what}");
}
