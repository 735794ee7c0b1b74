using AgentOrchestrator.Tests.Architecture;
using Xunit;

namespace AgentOrchestrator.Tests.Cli;

/// <summary>Output compared with a committed file. <c>UPDATE_GOLDEN=1</c> writes the files anew, for a person to read.</summary>
static class Golden
{
    static readonly string s_folder = Path.Combine(Repository.Root, "tests", "AgentOrchestrator.Tests", "Cli", "Golden");

    public static void Matches(string name, string actual)
    {
        var file = Path.Combine(s_folder, name);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") is "1")
        {
            File.WriteAllText(file, actual);
        }

        Assert.Equal(File.ReadAllText(file), actual);
    }
}
