using AgentOrchestrator.Tools;
using AgentOrchestrator.Tools.Servers;
using Xunit;

namespace AgentOrchestrator.Tests.Tools.Servers;

public sealed class ToolServersFileTests
{
    static readonly Dictionary<string, string> s_environment = new() { ["HOST"] = "mail.example", ["MAIL_TOKEN"] = "s3cret" };

    [Fact]
    public void The_seeds_file_is_read_with_its_variables()
    {
        var file = ToolServersFile.Read(
            """
            { "servers": { "email_mcp": { "name": "Mail", "url": "https://${HOST}/v1", "token": "${MAIL_TOKEN}", "description": "Email tools", "auto_discover": true } } }
            """,
            s_environment);

        var server = Assert.Single(file.Servers).Value;
        Assert.Equal(("email_mcp", "Mail", "Email tools", "s3cret", true), (server.Key, server.Name, server.Description, server.Token, server.AutoDiscover));
        Assert.Equal(new Uri("https://mail.example/v1"), server.Url);
        Assert.Equal(ToolServerKind.Probe, server.Kind);
        Assert.DoesNotContain("s3cret", server.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Servers_of_MCP_are_read_as_agents_name_them()
    {
        var file = ToolServersFile.Read(
            """
            { "mcpServers": {
              "files": { "command": "mcp-server-filesystem", "args": ["/tmp"], "env": { "TOKEN": "${MAIL_TOKEN}" } },
              "web": { "type": "http", "url": "https://web.example/mcp", "headers": { "X-Key": "${MAIL_TOKEN}" } },
              "old": { "type": "sse", "url": "https://old.example/sse" } } }
            """,
            s_environment);

        Assert.Equal([ToolServerKind.Stdio, ToolServerKind.Mcp, ToolServerKind.Sse], file.Servers.Values.Select(s => s.Kind));
        Assert.Equal("mcp-server-filesystem", file.Servers["files"].Command);
        Assert.Equal(["/tmp"], file.Servers["files"].Arguments);
        Assert.Equal("s3cret", file.Servers["files"].Environment["TOKEN"]);
        Assert.Equal("s3cret", file.Servers["web"].Headers["X-Key"]);
    }

    [Fact]
    public void A_broken_server_leaves_the_others_usable()
    {
        var file = ToolServersFile.Read(
            """
            { "servers": {
              "good": { "url": "https://good.example" },
              "unset": { "url": "https://x.example", "token": "${HOME}" },
              "nowhere": { "name": "x" },
              "strange": { "url": "https://x.example", "type": "corba" },
              "file": { "url": "file:///etc/passwd" },
              "text": "x",
              "args": { "command": "x", "args": [1] } } }
            """,
            s_environment);

        Assert.Equal(["good"], file.Servers.Keys);
        Assert.Equal("The variable HOME is not set.", file.Faults["unset"]);
        Assert.Equal("The tool server 'nowhere' needs a url or a command.", file.Faults["nowhere"]);
        Assert.Equal("The tool server 'strange' has the type 'corba'; use openapi, mcp, http, sse, stdio or gateway.", file.Faults["strange"]);
        Assert.Equal("The url of the tool server 'file' is no http or https address.", file.Faults["file"]);
        Assert.Equal("The tool server 'text' must be an object.", file.Faults["text"]);
        Assert.Equal("'args' must be a list of texts.", file.Faults["args"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{ "servers": [] }""")]
    [InlineData("""{ "servers": {}, "servers": {} }""")]
    public void What_is_no_such_file_is_refused(string text)
    {
        Assert.Throws<ToolException>(() => ToolServersFile.Read(text, s_environment));
    }

    [Fact]
    public void An_agent_names_its_server_by_key()
    {
        var servers = ToolServersFile.Read("""{ "servers": { "email_mcp": { "url": "https://mail.example" } } }""", s_environment).Servers;

        var agent = AgentToolsFile.Read("""{ "agent_name": "bob", "action_server": "email_mcp", "actions": [] }""", servers, s_environment);

        Assert.Equal("bob", agent.AgentName);
        Assert.Same(servers["email_mcp"], agent.Server);
    }

    [Fact]
    public void An_agent_may_describe_its_server_in_place_and_list_actions()
    {
        var agent = AgentToolsFile.Read(
            """
            { "agent_name": "bob", "action_server": { "url": "https://own.example", "token": "${MAIL_TOKEN}", "type": "mcp" },
              "actions": [ { "id": "send", "endpoint": "/send", "parameters": [ { "name": "to", "type": "string", "required": true } ] } ] }
            """,
            new Dictionary<string, ToolServerConfig>(),
            s_environment);

        Assert.Equal(("bob", "s3cret", ToolServerKind.Probe), (agent.Server!.Key, agent.Server.Token, agent.Server.Kind));
        var action = Assert.Single(agent.Server.Actions);
        Assert.Equal(("send", "POST", "/send", "to"), (action.Id, action.Method, action.Endpoint, Assert.Single(action.Parameters).Name));
    }

    [Fact]
    public void An_agent_without_a_server_has_none_and_an_unknown_one_is_told()
    {
        var none = new Dictionary<string, ToolServerConfig>();

        Assert.Null(AgentToolsFile.Read("""{ "agent_name": "bob", "action_server": null }""", none, s_environment).Server);
        var refusal = Assert.Throws<ToolException>(() => AgentToolsFile.Read("""{ "action_server": "gone" }""", none, s_environment));
        Assert.Equal("There is no tool server 'gone'.", refusal.Message);
    }
}
