using AgentOrchestrator.ServerTests.Chat;
using Xunit.Runner.InProc.SystemConsole;

// A test starts this program again as a runner, which it then kills.
return args is [WitnessRunner.Verb, var server, var folder]
    ? await WitnessRunner.RunAsync(new Uri(server), folder)
    : await ConsoleRunner.Run(args);
