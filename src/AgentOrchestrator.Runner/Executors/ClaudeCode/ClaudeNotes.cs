namespace AgentOrchestrator.Runner.Executors.ClaudeCode;

/// <summary>A block of a message's content, as the model APIs have it.</summary>
sealed record ContentBlock(string Type, string Text);

/// <summary>What a notice says about an MCP server that is not connected.</summary>
sealed record McpNotice(string McpServer, string Status);

/// <summary>Beside an event of a subagent: the call of the tool that started it.</summary>
sealed record SubagentMark(string ParentToolUseId);
