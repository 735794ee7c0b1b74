using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Cli.Sessions;

/// <summary>The prompt: the flag, then what is piped in, one line break between.</summary>
static class PromptText
{
    public static readonly Flag Flag = new("--prompt", "What the agent is to do; piped input follows it", "TEXT", 'p');

    /// <exception cref="ProductException"><see cref="ErrorCode.Invalid"/> when there is neither.</exception>
    public static async Task<string> ReadAsync(Terminal terminal, string? given)
    {
        var piped = "";
        if (!terminal.IsInputTerminal)
        {
            using var input = terminal.OpenInput();
            piped = (await input.ReadToEndAsync()).TrimEnd('\r', '\n');
        }

        if (string.IsNullOrWhiteSpace(given))
        {
            return string.IsNullOrWhiteSpace(piped)
                ? throw new ProductException(ErrorCode.Invalid, "No prompt provided. Use -p flag or pipe content to stdin.")
                : piped;
        }

        return piped.Length == 0 ? given : $"{given}\n{piped}";
    }
}
