using AgentOrchestrator.Protocol;
using Npgsql;

namespace AgentOrchestrator.Postgres;

/// <summary>What PostgreSQL's failures mean to a caller.</summary>
static class Failures
{
    /// <summary>Nothing was committed and the same work may succeed now: serialization failure, deadlock.</summary>
    public static bool IsContention(Exception failure) =>
        failure is PostgresException { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected };

    /// <summary>The connection broke or could not be made, as when the database restarts.</summary>
    public static bool IsConnection(Exception failure) => failure switch
    {
        PostgresException { SqlState: var state } => state.StartsWith("08", StringComparison.Ordinal)
            || state is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow,
        NpgsqlException or TimeoutException => true,
        ObjectDisposedException => true,
        _ => false,
    };

    public static bool IsTaken(Exception failure, string constraint) =>
        failure is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } violation && violation.ConstraintName == constraint;

    /// <summary>Null for a fault of ours, which the caller lets through.</summary>
    public static ProductException? Say(Exception failure) => failure switch
    {
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } => new(
            ErrorCode.StorageFull, "The database has no space left; free some, then try again", inner: failure),
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => Unavailable("The database accepts no writes", failure),
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } => Unavailable("The database has no connection left", failure),
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } =>
            Unavailable("The database refused the user or password; check DATABASE_URL", failure),
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } => Unavailable(
            "The database that DATABASE_URL names does not exist; create it", failure),
        PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire } => new(
            ErrorCode.Invalid, "The text is not valid UTF-8", inner: failure),
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.LockNotAvailable } =>
            Unavailable("The database is too busy", failure),
        _ when IsContention(failure) => Unavailable("The database is too busy", failure),
        _ when IsConnection(failure) => Unavailable("The database cannot be reached", failure),
        _ => null,
    };

    static ProductException Unavailable(string what, Exception failure) =>
        new(ErrorCode.Unavailable, $"{what}; try again shortly", inner: failure);
}
