using AgentOrchestrator.ModelServer;

// Usage: AgentOrchestrator.ModelServer [URL]; prints the address once it listens, ends on SIGINT or SIGTERM.
await using var server = await ScriptedModelServer.StartAsync(args.FirstOrDefault() ?? "http://127.0.0.1:0");
Console.WriteLine(server.BaseUrl);
await server.WaitForShutdownAsync();
