using System.Reflection;
using AgentOrchestrator.Protocol.Secrets;
using AgentOrchestrator.Protocol;
using AgentOrchestrator.Server.Archives;
using AgentOrchestrator.Server.Configuration;
using AgentOrchestrator.Server.Hosting;
using AgentOrchestrator.Server.Tools;
using System.Collections;

namespace AgentOrchestrator.Server;

/// <summary>The server as a process: options, start, greeting, wait, exit code.</summary>
static class ServerProgram
{
    const int ExitOk = 0;
    const int ExitFailed = 1;
    const int ExitUsage = 2;

    public static string Version { get; } =
        typeof(ServerProgram).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            if (args is [VerifyProgram.Name, .. var rest])
            {
                return VerifyProgram.Run(rest, Console.Out);
            }

            if (args is [RestoreProgram.Name, .. var words])
            {
                return RestoreProgram.Run(words, Console.Out);
            }

            var line = CommandLine.Parse(args);
            if (line.Help || line.Version)
            {
                Console.WriteLine(line.Help ? CommandLine.Usage : Version);
                return ExitOk;
            }

            var folder = Directory.GetCurrentDirectory();
            DotEnv.Apply(Path.Combine(folder, ".env"));
            var options = OptionsReader.Read(line, Environment.GetEnvironmentVariable, folder) with
            {
                Secrets = FindSecrets(line),
                ToolVariables = ToolVariables.Of(Environment.GetEnvironmentVariables()),
            };
            await using var host = await ServerHost.StartAsync(options, StoreSelection.Open, CancellationToken.None);
            Greeting.Show(options, host);
            if (await host.WaitForEndAsync(CancellationToken.None) is not { } failure)
            {
                return ExitOk;
            }

            var code = await FailAsync(failure);
            await host.StopAsync(CancellationToken.None);
            return code;
        }
        catch (ProductException refusal)
        {
            return await FailAsync(refusal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"Error: {error.Message}");
            return ExitFailed;
        }
    }

    static IReadOnlyList<KnownSecret> FindSecrets(CommandLine line)
    {
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string)e.Value!);
        environment["DATABASE_URL"] = line.Database ?? environment.GetValueOrDefault("DATABASE_URL", "");
        return KnownSecret.Of(environment);
    }

    static async Task<int> FailAsync(ProductException reason)
    {
        await Console.Error.WriteLineAsync($"Error: {reason.Message}");
        return reason.Code is ErrorCode.Invalid ? ExitUsage : ExitFailed;
    }
}
