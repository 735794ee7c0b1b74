using System.Text.Json;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Protocol.Schemas;

namespace AgentOrchestrator.Coordinator.Agents;

/// <summary>What an agent must satisfy that is a program of its own: executor <c>command</c> or <c>process</c>.</summary>
static class ProgramRules
{
    const int MaxWords = 256;
    const int MaxWordLength = 32_768;
    const int MaxTimeoutSeconds = 7 * 86_400;

    /// <exception cref="ProductException">Invalid, naming the first member that is wrong and what it must be.</exception>
    public static void Require(AgentView agent)
    {
        var isProgram = agent.Executor is AgentExecutors.Command or AgentExecutors.Process;
        if (isProgram && agent.Command is not { Count: > 0 })
        {
            throw AgentRules.Wrong($"executor {agent.Executor} needs a command: the program and its arguments, such as [\"./run.sh\", \"--fast\"]");
        }

        if (!isProgram && agent.Command is not null) { throw AgentRules.Wrong("command is for the executors command and process"); }
        if (!isProgram && agent.TimeoutSeconds is not null) { throw AgentRules.Wrong("timeout_seconds is for the executors command and process"); }
        if (agent.TimeoutSeconds is <= 0 or > MaxTimeoutSeconds) { throw AgentRules.Wrong($"timeout_seconds must be 1 to {MaxTimeoutSeconds}"); }

        Words(agent.Command);
        Schema(agent, agent.InputSchema, "input_schema");
        Schema(agent, agent.OutputSchema, "output_schema");
    }

    static void Words(IReadOnlyList<string>? command)
    {
        if (command is null) { return; }
        if (command.Count > MaxWords || command.Any(word => word is null || word.Length > MaxWordLength || word.Contains('\0')))
        {
            throw AgentRules.Wrong($"command must be at most {MaxWords} texts of at most {MaxWordLength} characters, without NUL");
        }

        var program = command[0];
        if (string.IsNullOrWhiteSpace(program)) { throw AgentRules.Wrong("command must begin with the program"); }
        if (program.Split('/', '\\').Contains("..")) { throw AgentRules.Wrong("command must not leave the agent's folder by '..'; name the program by its whole path"); }
    }

    static void Schema(AgentView agent, JsonElement? schema, string field)
    {
        if (schema is not { } written) { return; }
        if (agent.Executor is not AgentExecutors.Command) { throw AgentRules.Wrong($"{field} is for the executor command"); }
        try
        {
            JsonSchema.Read(written);
        }
        catch (ProductException wrong)
        {
            throw AgentRules.Wrong($"{field}: {wrong.Message}");
        }
    }
}
