using Npgsql;

namespace AgentOrchestrator.Postgres;

/// <summary>Reads the columns of a row one after the other, in the order of the statement's list.</summary>
struct Row(NpgsqlDataReader reader)
{
    int _next;

    public string Text() => StoredText.Decode(reader.GetString(_next++));

    public string? TextOrNull() => IsNull() ? null : Text();

    public long Number() => reader.GetInt64(_next++);

    public long? NumberOrNull() => IsNull() ? null : Number();

    public int? IntOrNull() => IsNull() ? null : reader.GetInt32(_next++);

    public int Int() => reader.GetInt32(_next++);

    public bool Flag() => reader.GetBoolean(_next++);

    public bool? FlagOrNull() => IsNull() ? null : Flag();

    public DateTimeOffset Time() => new(reader.GetDateTime(_next++), TimeSpan.Zero);

    public DateTimeOffset? TimeOrNull() => IsNull() ? null : Time();

    public TimeSpan Span() => reader.GetTimeSpan(_next++);

    public byte[] Bytes() => reader.GetFieldValue<byte[]>(_next++);

    public long[] Numbers() => IsNull() ? [] : reader.GetFieldValue<long[]>(_next++);

    public string[] Texts() => IsNull() ? [] : Array.ConvertAll(reader.GetFieldValue<string[]>(_next++), StoredText.Decode);

    bool IsNull()
    {
        if (!reader.IsDBNull(_next))
        {
            return false;
        }

        _next++;
        return true;
    }
}
