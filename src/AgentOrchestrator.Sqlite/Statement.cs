using System.Text;
using AgentOrchestrator.Protocol;
using SQLitePCL;

namespace AgentOrchestrator.Sqlite;

/// <summary>A prepared statement: parameters are bound, and columns read, from left to right.</summary>
/// <remarks>Kept by its connection; <see cref="Dispose"/> only makes it ready for its next use.</remarks>
sealed class Statement(Connection connection, sqlite3_stmt statement) : IDisposable
{
    int _parameter;
    int _column;
    bool _isInUse;

    internal Statement Use()
    {
        if (_isInUse)
        {
            throw new InvalidOperationException("the statement is still being read; read its rows before using it again");
        }

        _isInUse = true;
        _parameter = 0;
        return this;
    }

    public Statement Bind(long value) => Bound(raw.sqlite3_bind_int64(statement, ++_parameter, value));

    public Statement Bind(long? value) =>
        value is { } number ? Bind(number) : Bound(raw.sqlite3_bind_null(statement, ++_parameter));

    public Statement Bind(bool value) => Bind(value ? 1L : 0L);

    public Statement Bind(bool? value) => Bind(value is { } flag ? (flag ? 1L : 0L) : (long?)null);

    public Statement Bind(DateTimeOffset instant) => Bind(WireTime.ToMicroseconds(instant));

    public Statement Bind(DateTimeOffset? instant) => Bind(instant is { } value ? WireTime.ToMicroseconds(value) : (long?)null);

    /// <summary>As microseconds.</summary>
    public Statement Bind(TimeSpan duration) => Bind(duration.Ticks / TimeSpan.TicksPerMicrosecond);

    public Statement BindWord<T>(T value)
        where T : struct, Enum => Bind(WireEnum<T>.Text(value));

    public Statement BindWord<T>(T? value)
        where T : struct, Enum => Bind(value is { } word ? WireEnum<T>.Text(word) : null);

    public Statement Bind(string? text)
    {
        if (text is null)
        {
            return Bound(raw.sqlite3_bind_null(statement, ++_parameter));
        }

        if (text.Length == 0)
        {
            // An empty span would be bound as NULL.
            return Bound(raw.sqlite3_bind_text(statement, ++_parameter, ""));
        }

        const int Inline = 256;
        if (text.Length <= Inline)
        {
            Span<byte> utf8 = stackalloc byte[Inline * 3];
            return Bound(raw.sqlite3_bind_text(statement, ++_parameter, utf8[..Encoding.UTF8.GetBytes(text, utf8)]));
        }

        return Bound(raw.sqlite3_bind_text(statement, ++_parameter, Encoding.UTF8.GetBytes(text).AsSpan()));
    }

    public Statement Bind(ReadOnlyMemory<byte> bytes) => Bound(
        bytes.IsEmpty
            ? raw.sqlite3_bind_zeroblob(statement, ++_parameter, 0)
            : raw.sqlite3_bind_blob(statement, ++_parameter, bytes.Span));

    /// <summary>Moves to the next row.</summary>
    public bool Read()
    {
        _column = 0;
        var result = raw.sqlite3_step(statement);
        if (result == raw.SQLITE_ROW)
        {
            return true;
        }

        connection.Check(result);
        return false;
    }

    /// <summary>Runs a statement that gives no rows, and says how many it changed.</summary>
    public int Run()
    {
        using (this)
        {
            Read();
            return connection.Changes;
        }
    }

    public long Long() => raw.sqlite3_column_int64(statement, _column++);

    public long? LongOrNull() => IsNull() ? SkipNull<long?>() : Long();

    public int Int() => (int)Long();

    public int? IntOrNull() => IsNull() ? SkipNull<int?>() : Int();

    public bool Bool() => Long() != 0;

    public bool? BoolOrNull() => IsNull() ? SkipNull<bool?>() : Bool();

    // As bytes, since text may hold NUL, at which the text functions end.
    public string Text() => Encoding.UTF8.GetString(raw.sqlite3_column_blob(statement, _column++));

    public string? TextOrNull() => IsNull() ? SkipNull<string?>() : Text();

    public byte[] Bytes() => raw.sqlite3_column_blob(statement, _column++).ToArray();

    /// <summary>Without a copy: until the next row is read.</summary>
    public ReadOnlySpan<byte> BytesInPlace() => raw.sqlite3_column_blob(statement, _column++);

    public DateTimeOffset Instant() => WireTime.FromMicroseconds(Long());

    public DateTimeOffset? InstantOrNull() => IsNull() ? SkipNull<DateTimeOffset?>() : Instant();

    public TimeSpan Duration() => TimeSpan.FromTicks(Long() * TimeSpan.TicksPerMicrosecond);

    public T Word<T>()
        where T : struct, Enum
    {
        var word = Text();
        return WireEnum<T>.TryParse(word, out var value)
            ? value
            : throw new InvalidOperationException($"the database holds the unknown word '{word}'");
    }

    public T? WordOrNull<T>()
        where T : struct, Enum => IsNull() ? SkipNull<T?>() : Word<T>();

    /// <summary>Reads the only row there can be.</summary>
    public T? First<T>(Func<Statement, T> read)
        where T : class
    {
        using (this)
        {
            return Read() ? read(this) : null;
        }
    }

    public List<T> All<T>(Func<Statement, T> read)
    {
        using (this)
        {
            var rows = new List<T>();
            while (Read())
            {
                rows.Add(read(this));
            }

            return rows;
        }
    }

    /// <summary>Every column of the row, with its type and length, so that no two rows read the same.</summary>
    public void AddTo(System.Security.Cryptography.IncrementalHash hash)
    {
        Span<byte> mark = stackalloc byte[5];
        for (var column = 0; column < raw.sqlite3_column_count(statement); column++)
        {
            mark[0] = (byte)raw.sqlite3_column_type(statement, column);
            var bytes = raw.sqlite3_column_blob(statement, column);
            System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(mark[1..], bytes.Length);
            hash.AppendData(mark);
            hash.AppendData(bytes);
        }
    }

    bool IsNull() => raw.sqlite3_column_type(statement, _column) == raw.SQLITE_NULL;

    T SkipNull<T>()
    {
        _column++;
        return default!;
    }

    Statement Bound(int result)
    {
        connection.Check(result);
        return this;
    }

    public void Dispose()
    {
        // The result of a reset repeats the error of the last step, which was thrown then.
        _ = raw.sqlite3_reset(statement);
        _isInUse = false;
    }

    internal void Finish() => statement.Dispose();
}
