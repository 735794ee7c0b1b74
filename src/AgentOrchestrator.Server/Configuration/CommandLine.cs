using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Server.Configuration;

/// <summary>The switches of the server's own command line.</summary>
sealed record CommandLine
{
    public const string Usage = """
        agent-orchestrator-server: the server behind 'ao up'

          --urls URLS        where to listen, separated by ';'      http://localhost:8765
          --data DIR         all state of the server                .agent-orchestrator
          --agents-dir DIR   the definitions of agents              DATA/agents
          --database URL     PostgreSQL instead of SQLite           DATABASE_URL
          --no-auth          no token is asked for, loopback only
          --no-runner        execute nothing here; runners connect from elsewhere
          --version          say the version
          --help             say this

        docs/configuration.md has the environment variables.
        """;

    public string? Urls { get; init; }
    public string? Data { get; init; }
    public string? AgentsDir { get; init; }
    public string? Database { get; init; }
    public bool NoAuth { get; init; }
    public bool NoRunner { get; init; }
    public bool Help { get; init; }
    public bool Version { get; init; }

    /// <exception cref="ProductException">Invalid for a switch that is unknown, lacks its value or has one too many.</exception>
    public static CommandLine Parse(IReadOnlyList<string> args)
    {
        var line = new CommandLine();
        for (var i = 0; i < args.Count; i++)
        {
            var (name, given) = Split(args[i]);
            line = name switch
            {
                "--urls" => line with { Urls = Value() },
                "--data" => line with { Data = Value() },
                "--agents-dir" => line with { AgentsDir = Value() },
                "--database" => line with { Database = Value() },
                "--no-auth" => line with { NoAuth = Alone() },
                "--no-runner" => line with { NoRunner = Alone() },
                "--help" or "-h" => line with { Help = Alone() },
                "--version" => line with { Version = Alone() },
                "--redis" => throw Refuse("--redis is not supported: servers that share a PostgreSQL database wake each other through it"),
                _ => throw Refuse($"'{Shown(name)}' is not a switch of this server; --help lists them"),
            };

            string Value() => given ?? (++i < args.Count && !args[i].StartsWith("--", StringComparison.Ordinal)
                ? args[i]
                : throw Refuse($"{name} needs a value"));

            bool Alone() => given is null ? true : throw Refuse($"{name} takes no value");
        }

        return line;
    }

    static (string Name, string? Value) Split(string arg)
    {
        var equals = arg.IndexOf('=', StringComparison.Ordinal);
        return arg.StartsWith("--", StringComparison.Ordinal) && equals > 0 ? (arg[..equals], arg[(equals + 1)..]) : (arg, null);
    }

    static string Shown(string name) => name.Length <= 60 ? name : name[..60] + "…";

    static ProductException Refuse(string message) => new(ErrorCode.Invalid, message);
}
