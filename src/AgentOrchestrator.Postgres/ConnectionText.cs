using AgentOrchestrator.Protocol;
using Npgsql;

namespace AgentOrchestrator.Postgres;

/// <summary>Reads what people put into <c>DATABASE_URL</c>: a <c>postgresql://</c> URL or Npgsql's own form.</summary>
static class ConnectionText
{
    const string Form = "write postgresql://user:password@host:5432/database, with options as ?name=value";

    /// <exception cref="ProductException">Invalid; the message never repeats the text, which holds a password.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string text)
    {
        try
        {
            var builder = text.StartsWith("postgresql://", StringComparison.Ordinal) || text.StartsWith("postgres://", StringComparison.Ordinal)
                ? FromUrl(new Uri(text))
                : new NpgsqlConnectionStringBuilder(text);
            return string.IsNullOrEmpty(builder.Host) ? throw Unreadable("it names no host", null) : WithDefaults(builder);
        }
        catch (UriFormatException e)
        {
            throw Unreadable("it is not a URL", e);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException or OverflowException)
        {
            throw Unreadable("it has an option that is not known, or a value that does not fit", e);
        }
    }

    static NpgsqlConnectionStringBuilder FromUrl(Uri url)
    {
        var user = url.UserInfo.Split(':', 2);
        var builder = new NpgsqlConnectionStringBuilder { Host = url.Host, Port = url.IsDefaultPort || url.Port < 0 ? 5432 : url.Port };
        if (user[0].Length > 0)
        {
            builder.Username = Uri.UnescapeDataString(user[0]);
        }

        if (user.Length > 1)
        {
            builder.Password = Uri.UnescapeDataString(user[1]);
        }

        var database = Uri.UnescapeDataString(url.AbsolutePath.TrimStart('/'));
        if (database.Length > 0)
        {
            builder.Database = database;
        }

        foreach (var option in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = option.Split('=', 2);
            builder[OptionName(pair[0])] = Uri.UnescapeDataString(pair.Length > 1 ? pair[1] : "");
        }

        return builder;
    }

    // libpq's names, where Npgsql spells them otherwise.
    static string OptionName(string name) => name switch
    {
        "sslmode" => "SSL Mode",
        "sslrootcert" => "Root Certificate",
        "sslcert" => "SSL Certificate",
        "sslkey" => "SSL Key",
        "connect_timeout" => "Timeout",
        "application_name" => "Application Name",
        _ => name,
    };

    static NpgsqlConnectionStringBuilder WithDefaults(NpgsqlConnectionStringBuilder builder)
    {
        builder.ApplicationName ??= "agent-orchestrator";
        if (builder.MaxAutoPrepare == 0)
        {
            builder.MaxAutoPrepare = 100;
        }

        return builder;
    }

    static ProductException Unreadable(string why, Exception? inner) =>
        new(ErrorCode.Invalid, $"The database's address cannot be read: {why}; {Form}", "database_url", inner);
}
