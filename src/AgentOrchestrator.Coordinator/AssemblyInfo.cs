using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("AgentOrchestrator.Tests")]
