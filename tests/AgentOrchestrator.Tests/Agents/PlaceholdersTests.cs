using AgentOrchestrator.Protocol.Agents;
using AgentOrchestrator.Runner.Agents;
using Xunit;

namespace AgentOrchestrator.Tests.Agents;

public sealed class PlaceholdersTests
{
    static readonly Dictionary<string, string> s_environment = new()
    {
        ["AGENT_SESSION_ID"] = "ses_1",
        ["AGENT_SESSION_NAME"] = "talk ${AGENT_SESSION_ID}",
        ["NAMED"] = "yes",
        ["SECRET"] = "no",
    };

    [Fact]
    public void Every_text_of_a_server_is_filled_once()
    {
        var filled = Fill(new McpServer
        {
            Url = "${AGENT_ORCHESTRATOR_MCP_URL}?s=${AGENT_SESSION_ID}",
            Headers = new Dictionary<string, string> { ["X-Session"] = "${AGENT_SESSION_ID}${AGENT_SESSION_ID}" },
            Command = "${NAMED}",
            Args = ["--name", "${AGENT_SESSION_NAME}"],
            Env = new Dictionary<string, string> { ["A"] = "${NAMED}!" },
        });

        Assert.Equal("http://server/mcp?s=ses_1", filled.Url);
        Assert.Equal("ses_1ses_1", filled.Headers!["X-Session"]);
        Assert.Equal("yes", filled.Command);
        Assert.Equal(["--name", "talk ${AGENT_SESSION_ID}"], filled.Args!);
        Assert.Equal("yes!", filled.Env!["A"]);
    }

    [Theory]
    [InlineData("${SECRET}")]
    [InlineData("${UNSET}")]
    [InlineData("$SECRET ${} ${SECRET")]
    [InlineData("${agent_session_id}")]
    public void What_the_agent_does_not_name_stays_as_it_is_written(string text) =>
        Assert.Equal(text, Fill(new McpServer { Command = text }).Command);

    static McpServer Fill(McpServer server)
    {
        var agent = new AgentView
        {
            Name = "a",
            Description = "d",
            Status = "active",
            Env = ["NAMED", "UNSET"],
            McpServers = new Dictionary<string, McpServer> { ["s"] = server },
        };
        return Placeholders.Fill(agent, s_environment, "http://server/mcp").McpServers!["s"];
    }
}
