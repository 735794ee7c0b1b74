using System.Globalization;
using System.Reflection;

namespace AgentOrchestrator.Hostile;

/// <summary>The program of <c>hostile.sh</c>, in a folder of its own: what it was told, what it did, and what of it is alive.</summary>
public sealed class HostileProgram
{
    /// <summary>Every manner in which it does not end by itself.</summary>
    public static readonly IReadOnlyList<string> Endless = ["ignore", "daemon", "storm", "flood", "endless", "mute", "never", "frozen"];

    readonly string _folder;

    public HostileProgram(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        Path = System.IO.Path.Combine(folder, "claude");
        using var script = Assembly.GetExecutingAssembly().GetManifestResourceStream("hostile.sh")!;
        using (var file = new FileStream(Path, FileMode.Create))
        {
            script.CopyTo(file);
        }

        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("It is a shell script.");
        }

        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>To be given as <c>AGENT_ORCHESTRATOR_CLAUDE</c>.</summary>
    public string Path { get; }

    public string GateFile => System.IO.Path.Combine(_folder, "gate");

    /// <summary>Each line: run, word, process id, seconds since the host started.</summary>
    public string WitnessFile => System.IO.Path.Combine(_folder, "witness");

    /// <param name="name">Of a gate of a test's own program, behind <see cref="GateFile"/>.</param>
    public void OpenGate(string name = "") => File.WriteAllText(GateFile + name, "");

    public void CloseGate() => File.Delete(GateFile);

    /// <summary>What really ran, in the order in which it was written; a line that is being written is left out.</summary>
    public IReadOnlyList<WitnessLine> Witness()
    {
        var text = File.Exists(WitnessFile) ? File.ReadAllText(WitnessFile) : "";
        return
        [
            .. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).Select(words =>
                new WitnessLine(words[0], words[1], int.Parse(words[2], CultureInfo.InvariantCulture), double.Parse(words[3], CultureInfo.InvariantCulture))),
        ];
    }

    /// <summary>The processes of this program that are alive, whatever became of their parents, sessions and environments.</summary>
    public IReadOnlyList<int> Survivors() => HostProcesses.WithCommand(Path);
}

/// <param name="Uptime">When, in seconds since the host started.</param>
public sealed record WitnessLine(string RunId, string Word, int ProcessId, double Uptime);
