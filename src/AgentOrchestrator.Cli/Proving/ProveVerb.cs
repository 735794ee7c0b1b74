using System.Globalization;
using System.Runtime.InteropServices;
using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Serving;
using AgentOrchestrator.Cli.Sessions;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Cli.Proving;

static class ProveVerb
{
    const int MostFaults = 10_000;

    static readonly Flag s_serverKills = new("--server-kills", "kill -9 of the server; 5 when left out", "N");
    static readonly Flag s_runnerKills = new("--runner-kills", "kill -9 of a runner; 5 when left out", "N");
    static readonly Flag s_keeperKills = new("--keeper-kills", "kill -9 of what holds a runner's programs; 2 when left out", "N");
    static readonly Flag s_freezes = new("--freezes", "A runner stopped for longer than its lease; 1 when left out", "N");
    static readonly Flag s_crashes = new("--crashes", "A process ends itself at the next of its chosen places, such as between commit and answer; 5 when left out", "N");
    static readonly Flag s_lineFaults = new("--line-faults", "Requests of a runner or client that are cut off, held or sent twice; 10 when left out", "N");
    static readonly Flag s_operations = new("--operations", "Go on until so many were acknowledged; 1000 when left out", "N");
    static readonly Flag s_seed = new("--seed", "Decides which fault comes when; 1 when left out", "N");
    static readonly Flag s_database = new("--database", "Keep the data in this empty PostgreSQL database; SQLite when left out", "URL");
    static readonly Flag s_report = new("--report", "Also write the table as Markdown", "FILE");

    public static readonly Verb Verb = new("prove", "Break a copy of the product on this machine and check its promises", RunAsync)
    {
        Flags = [s_serverKills, s_runnerKills, s_keeperKills, s_freezes, s_crashes, s_lineFaults, s_operations, s_seed, s_database, s_report],
        Remarks = "Starts a server and two runners of its own in a temporary folder, gives them work, kills them as asked, and compares what was\n"
            + "acknowledged, what the logs say and what the programs wrote down. Needs no key and touches nothing else. About two minutes.\n"
            + "The exit code is 1 when a promise was broken; the folder with all logs, and with every operation in history.jsonl, is kept then.",
    };

    static async Task<int> RunAsync(Invocation call)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new ProductException(ErrorCode.NotPossible, "'ao prove' looks for what is left alive in /proc, so it works on Linux alone");
        }

        var plan = new CampaignPlan
        {
            Seed = Number(call, s_seed, 1),
            ServerKills = Number(call, s_serverKills, 5),
            RunnerKills = Number(call, s_runnerKills, 5),
            Freezes = Number(call, s_freezes, 1),
            KeeperKills = Number(call, s_keeperKills, 2),
            Crashes = Number(call, s_crashes, 5),
            LineFaults = Number(call, s_lineFaults, 10),
            Operations = Number(call, s_operations, 1_000),
            Database = call.Arguments.Value(s_database),
        };
        if (plan.Total > MostFaults)
        {
            throw new UsageException($"at most {MostFaults} faults in one campaign");
        }

        using var interrupt = new Interrupt(PosixSignal.SIGTERM);
        var folder = Directory.CreateTempSubdirectory("ao-prove-").FullName;
        var proof = await ProveAsync(call, plan, folder, interrupt.Token);
        await ShowAsync(call, proof);
        if (proof.Holds)
        {
            Directory.Delete(folder, recursive: true);
            return Ao.ExitOk;
        }

        call.Terminal.Error.WriteLine($"All logs are kept in {folder}");
        return Ao.ExitFailed;
    }

    static async Task<Proof> ProveAsync(Invocation call, CampaignPlan plan, string folder, CancellationToken interrupt)
    {
        try
        {
            using var laboratory = new Laboratory(folder, ServerExecutable.Find(call.Host.Environment), OwnProgram(), plan.Database, call.Host.Time);
            using var campaign = new Campaign(laboratory, plan, call.Host.Time, step => Say(call, step));
            return await campaign.RunAsync(interrupt);
        }
        catch (Exception) when (interrupt.IsCancellationRequested)
        {
            // Whatever was under way is no finding.
            Directory.Delete(folder, recursive: true);
            throw new ProductException(ErrorCode.NotPossible, "Interrupted before there was anything to say; nothing of it is left");
        }
        catch (ProductException broken)
        {
            throw new ProductException(broken.Code, $"{broken.Message}. All logs are kept in {folder}", inner: broken);
        }
    }

    static async Task ShowAsync(Invocation call, Proof proof)
    {
        if (call.Arguments.Value(s_report) is { } path)
        {
            await File.WriteAllTextAsync(path, ProofText.Markdown(proof));
        }

        if (call.WantsJson)
        {
            call.WriteJson(proof, CliJson.Default.Proof);
        }
        else
        {
            ProofText.Write(call.Terminal, proof);
        }
    }

    static void Say(Invocation call, string step)
    {
        if (!call.WantsJson)
        {
            call.Terminal.Error.WriteLine(step);
        }
    }

    static int Number(Invocation call, Flag flag, int otherwise) => call.Arguments.Number(flag, 0) switch
    {
        null => otherwise,
        <= int.MaxValue and var number => (int)number,
        _ => throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"{flag.Name} must be at most {int.MaxValue}")),
    };

    /// <summary>Also where a host of another name runs this code.</summary>
    static string OwnProgram() => Path.GetFileName(Environment.ProcessPath) is "ao" and not null
        ? Environment.ProcessPath!
        : Path.Combine(AppContext.BaseDirectory, "ao");
}
