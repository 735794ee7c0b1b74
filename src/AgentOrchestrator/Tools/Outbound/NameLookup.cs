using System.Net;

namespace AgentOrchestrator.Tools.Outbound;

/// <summary>The addresses of a host's name.</summary>
public delegate Task<IPAddress[]> NameLookup(string host, CancellationToken cancel);
