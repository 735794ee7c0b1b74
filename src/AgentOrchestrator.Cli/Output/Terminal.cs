using System.Text;

namespace AgentOrchestrator.Cli.Output;

/// <summary>Where the program is read and where it reads from.</summary>
sealed class Terminal
{
    static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    public required Func<TextReader> OpenInput { get; init; }

    public bool IsOutTerminal { get; init; }

    public bool IsErrorTerminal { get; init; }

    public bool IsInputTerminal { get; init; }

    /// <summary>NO_COLOR is unset; see no-color.org.</summary>
    public bool WantsColor { get; init; } = true;

    /// <summary>Characters in a line. Asked for late: the platform sets up the whole terminal to tell.</summary>
    public Func<int> Width { get; init; } = static () => 100;

    /// <summary>The process's own streams, without the set-up that <see cref="Console"/> does for its writers.</summary>
    public static Terminal OfProcess(Func<string, string?> environment)
    {
        var isOutTerminal = !Console.IsOutputRedirected;
        return new Terminal
        {
            Out = new StreamWriter(Console.OpenStandardOutput(), s_utf8) { AutoFlush = isOutTerminal },
            Error = new StreamWriter(Console.OpenStandardError(), s_utf8) { AutoFlush = true },
            OpenInput = () => new StreamReader(Console.OpenStandardInput(), s_utf8),
            IsOutTerminal = isOutTerminal,
            IsErrorTerminal = !Console.IsErrorRedirected,
            IsInputTerminal = !Console.IsInputRedirected,
            WantsColor = string.IsNullOrEmpty(environment("NO_COLOR")) && environment("TERM") is not "dumb",
            Width = () => isOutTerminal ? Math.Max(Console.WindowWidth, 40) : 100,
        };
    }

    /// <summary>Text from elsewhere: as it is for a program, without control sequences for a person.</summary>
    public void WriteForeign(string text) => Out.WriteLine(IsOutTerminal ? PlainText.Clean(text) : text);
}
