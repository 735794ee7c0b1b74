using AgentOrchestrator.StoreTests.Sqlite;
using Xunit.Runner.InProc.SystemConsole;

// A test starts this program again as a server, which it then kills.
return args is [EndlessWriter.Verb, var folder]
    ? await EndlessWriter.RunAsync(folder)
    : await ConsoleRunner.Run(args);
