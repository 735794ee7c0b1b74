using Npgsql;
using NpgsqlTypes;

namespace AgentOrchestrator.Postgres;

/// <summary>One SQL statement with its values.</summary>
sealed class Statement(string sql)
{
    /// <summary>
    /// The instant for conditions: the one that a test sets as <c>@now</c>, else the database's. Unlike <c>clock_timestamp()</c>
    /// it stands still within a statement, so that an index can serve the condition.
    /// </summary>
    public const string Clock = "COALESCE(@now, statement_timestamp())";

    public NpgsqlBatchCommand Command { get; } = new(sql);

    public Statement Text(string name, string? value) => Add(name, NpgsqlDbType.Text, value is null ? null : StoredText.Encode(value));

    public Statement Number(string name, long? value) => Add(name, NpgsqlDbType.Bigint, value);

    public Statement Flag(string name, bool value) => Add(name, NpgsqlDbType.Boolean, value);

    public Statement FlagOrNull(string name, bool? value) => Add(name, NpgsqlDbType.Boolean, value);

    public Statement Time(string name, DateTimeOffset? value) => Add(name, NpgsqlDbType.TimestampTz, value?.UtcDateTime);

    public Statement Span(string name, TimeSpan value) => Add(name, NpgsqlDbType.Interval, value);

    public Statement SpanOrNull(string name, TimeSpan? value) => Add(name, NpgsqlDbType.Interval, value);

    public Statement Bytes(string name, byte[] value) => Add(name, NpgsqlDbType.Bytea, value);

    public Statement Texts(string name, IEnumerable<string?> values) =>
        Add(name, NpgsqlDbType.Array | NpgsqlDbType.Text, values.Select(value => value is null ? null : StoredText.Encode(value)).ToArray());

    public Statement Times(string name, IEnumerable<DateTimeOffset> values) =>
        Add(name, NpgsqlDbType.Array | NpgsqlDbType.TimestampTz, values.Select(value => value.UtcDateTime).ToArray());

    public Statement Numbers(string name, IEnumerable<long> values) => Add(name, NpgsqlDbType.Array | NpgsqlDbType.Bigint, values.ToArray());

    public Statement Flags(string name, IEnumerable<bool> values) => Add(name, NpgsqlDbType.Array | NpgsqlDbType.Boolean, values.ToArray());

    Statement Add(string name, NpgsqlDbType type, object? value)
    {
        Command.Parameters.Add(new NpgsqlParameter(name, type) { Value = value ?? DBNull.Value });
        return this;
    }
}
