using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using AgentOrchestrator.Coordinator;
using AgentOrchestrator.Coordinator.Runs;
using AgentOrchestrator.Coordinator.Sessions;

namespace AgentOrchestrator.Postgres;

/// <summary>Keeps what a request with a key brought about, in the transaction that brings it about.</summary>
static class IdempotencyKeys
{
    /// <summary>Runs the effect, unless the key has its outcome already. Two at once: the second waits for the first's end.</summary>
    public static async Task<Outcome<T>> OnceAsync<T>(Tx tx, IdempotencyKey? key, JsonTypeInfo<T> shape, Func<Task<T>> effect)
    {
        if (key is null)
        {
            return new Outcome<T>(await effect().ConfigureAwait(false), IsReplay: false);
        }

        if (await TakeAsync(tx, key).ConfigureAwait(false))
        {
            var value = await effect().ConfigureAwait(false);
            await tx.ExecuteAsync(Of("UPDATE idempotency SET outcome = @outcome", key)
                .Text("outcome", JsonSerializer.Serialize(value, shape))).ConfigureAwait(false);
            return new Outcome<T>(value, IsReplay: false);
        }

        var (hash, outcome) = await tx.FirstAsync(
            Of("SELECT request_hash, outcome FROM idempotency", key),
            reader =>
            {
                var row = new Row(reader);
                return (row.Text(), row.Text());
            }).ConfigureAwait(false);
        return hash == key.RequestHash
            ? new Outcome<T>(JsonSerializer.Deserialize(outcome, shape)!, IsReplay: true)
            : throw RunErrors.KeyReused();
    }

    /// <summary>Forgets keys after two days, more than the 24 hours that clients may count on.</summary>
    public static Task<int> ForgetOldAsync(Tx tx, int limit) => tx.ExecuteAsync(new Statement(
        $"""
        DELETE FROM idempotency WHERE ctid IN (
            SELECT ctid FROM idempotency
            WHERE created_at < {Statement.Clock} - interval '2 days' LIMIT @limit)
        """)
        .Time("now", tx.NowOrNull).Number("limit", limit));

    static async Task<bool> TakeAsync(Tx tx, IdempotencyKey key) => await tx.FirstAsync(
        new Statement(
            """
            INSERT INTO idempotency (org, principal, key, request_hash, created_at)
            VALUES (@org, @principal, @key, @hash, COALESCE(@now, clock_timestamp()))
            ON CONFLICT DO NOTHING
            RETURNING true
            """)
            .Text("org", key.Org).Text("principal", key.Principal).Text("key", key.Key)
            .Text("hash", key.RequestHash).Time("now", tx.NowOrNull),
        row => row.GetBoolean(0)).ConfigureAwait(false);

    static Statement Of(string sql, IdempotencyKey key) => new Statement(sql + " WHERE org = @org AND principal = @principal AND key = @key")
        .Text("org", key.Org).Text("principal", key.Principal).Text("key", key.Key);
}

/// <summary>Outcomes as kept with their keys; read by this program only.</summary>
[JsonSerializable(typeof(Session))]
[JsonSerializable(typeof(Run))]
[JsonSerializable(typeof(Appended))]
sealed partial class OutcomeJson : JsonSerializerContext;
