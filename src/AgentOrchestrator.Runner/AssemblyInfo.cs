using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("AgentOrchestrator.Tests")]
[assembly: InternalsVisibleTo("AgentOrchestrator.ServerTests")]
[assembly: InternalsVisibleTo("AgentOrchestrator.Bench")]
