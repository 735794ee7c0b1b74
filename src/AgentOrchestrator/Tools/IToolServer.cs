using Microsoft.Extensions.AI;

namespace AgentOrchestrator.Tools;

/// <summary>Where tools come from: an OpenAPI service, an MCP server, functions of the program itself.</summary>
public interface IToolServer : IAsyncDisposable
{
    /// <summary>The server says that its tools are others now. Raised on a thread of its own: take note and return.</summary>
    event EventHandler? ToolsChanged
    {
        add { }
        remove { }
    }

    /// <summary>What agents and people call it.</summary>
    string Name { get; }

    /// <summary>Its tools as it offers them now. A call of one of them throws <see cref="ToolException"/> when it cannot be made.</summary>
    /// <exception cref="ToolException">The server cannot be used; says why.</exception>
    Task<IReadOnlyList<AIFunction>> ListAsync(CancellationToken cancellationToken = default);
}
