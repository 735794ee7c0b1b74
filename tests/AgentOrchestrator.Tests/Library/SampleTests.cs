using AgentOrchestrator.Samples;
using Xunit;

namespace AgentOrchestrator.Tests.Library;

public sealed class SampleTests
{
    static readonly Dictionary<string, string> s_outputs = new()
    {
        [nameof(CreatingAgents)] = "Default: research_agent\n",
        [nameof(TalkingToAgents)] = """
            Answer <- What are the latest developments in quantum computing?
            Answer <- Explain the concept of quantum entanglement
            Answer <- Explain it again

            """,
        [nameof(ManagingAgents)] = """
            Available agents: coding_agent, research_agent
            Research agent exists
            It has 0 tools
            Default: research_agent

            """,
        [nameof(SequentialCollaboration)] = """
            Summary <- Create a concise summary of these strategies: Analysis <- Analyze this information and identify the most promising strategies: Answer <- Find information about climate change mitigation strategies
            Answer <- Answer <- Find information about wind

            """,
        [nameof(AgentCommunication)] = """
            Plan <- Based on these evaluations, create a detailed implementation plan for the top 2 solutions: Evaluation <- Critically evaluate these solutions, ranking them from most to least promising: Answer <- Generate 5 innovative solutions for reducing urban traffic congestion

            """,
        [nameof(DynamicAgents)] = """
            physics_specialist: Answer <- Explain quantum field theory in simple terms
            The same one: True, of 1

            """,
        [nameof(Teams)] = """
            One report of all: Synthesize the following team outputs for task 'Research the impact of artificial intelligence on healthcare':

            === data_collector ===
            Answer <- Task for data_collector: Research the impact of artificial intelligence on healthcare

            === analyst ===
            Answer <- Task for analyst: Research the impact of artificial intelligence on healthcare

            === writer ===
            Answer <- Task for writer: Research the impact of artificial intelligence on healthcare


            data_collector: Answer <- Task for data_collector: Say hello
            analyst: Answer <- Task for analyst: Say hello
            writer: Answer <- Task for writer: Say hello

            """,
        [nameof(Persistence)] = """
            Back again: assistant, default assistant
            user: Remember the number 7
            assistant: Answer <- Remember the number 7

            """,
        [nameof(OwnTools)] = "It is 391. It used: calculator\n",
        [nameof(SharedResources)] = """
            accountant: It is 391.
            guest has no tool
            guest finds: The key is under the mat

            """,
        [nameof(CachedAnswers)] = """
            Answer <- What is a tide?
            Answer <- What is a tide?
            Kept: 1

            """,
    };

    public static TheoryData<string> Names => [.. Sample.All.Select(sample => sample.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_sample_says_what_it_should(string name)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var model = SampleModel.Create();

        await Sample.All.Single(sample => sample.Name == name).RunAsync(model, output);

        Assert.Equal(s_outputs[name], output.ToString());
    }
}
