using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;

namespace AgentOrchestrator.Sqlite;

/// <summary>Keeps what a request with a key brought about, in the transaction that brings it about.</summary>
static class IdempotencyKeys
{
    /// <summary>Runs the effect, unless the key has its outcome already.</summary>
    public static Outcome<T> Once<T>(WriteTransaction transaction, IdempotencyKey? key, JsonTypeInfo<T> shape, Func<T> effect)
    {
        if (key is null)
        {
            return new Outcome<T>(effect(), IsReplay: false);
        }

        if (Find(transaction.Db, key) is var (requestHash, outcome))
        {
            return requestHash == key.RequestHash
                ? new Outcome<T>(JsonSerializer.Deserialize(outcome, shape)!, IsReplay: true)
                : throw RunErrors.KeyReused();
        }

        var value = effect();
        transaction.Db.Query("""
            INSERT INTO idempotency (org, principal, key, request_hash, outcome, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """)
            .Bind(key.Org).Bind(key.Principal).Bind(key.Key).Bind(key.RequestHash)
            .Bind(JsonSerializer.Serialize(value, shape)).Bind(transaction.Now)
            .Run();
        return new Outcome<T>(value, IsReplay: false);
    }

    /// <summary>Forgets keys after two days, more than the 24 hours that clients may count on.</summary>
    public static int ForgetOld(Connection db, DateTimeOffset now, int limit) =>
        db.Query("""
            DELETE FROM idempotency WHERE (org, principal, key) IN (
                SELECT org, principal, key FROM idempotency WHERE created_at < ?1 ORDER BY created_at LIMIT ?2)
            """)
            .Bind(now - TimeSpan.FromDays(2)).Bind(limit)
            .Run();

    static (string RequestHash, string Outcome)? Find(Connection db, IdempotencyKey key)
    {
        using var row = db.Query("SELECT request_hash, outcome FROM idempotency WHERE org = ?1 AND principal = ?2 AND key = ?3")
            .Bind(key.Org).Bind(key.Principal).Bind(key.Key);
        return row.Read() ? (row.Text(), row.Text()) : null;
    }
}

/// <summary>Outcomes as kept with their keys; read by this program only.</summary>
[JsonSerializable(typeof(Session))]
[JsonSerializable(typeof(Run))]
[JsonSerializable(typeof(Appended))]
sealed partial class OutcomeJson : JsonSerializerContext;
