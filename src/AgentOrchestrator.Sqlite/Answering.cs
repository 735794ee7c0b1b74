namespace AgentOrchestrator.Sqlite;

/// <summary>Tells some callers, one after the other, what became of their work.</summary>
/// <remarks>
/// A caller goes on where it is told. In portions, because an entry in the pool's queue for each costs more than most of them have
/// left to do; small ones, because those that come after a slow caller wait for it.
/// </remarks>
sealed class Answering(WriteWork[] told) : IThreadPoolWorkItem
{
    const int Portion = 8;

    public static void Queue(IReadOnlyCollection<WriteWork> batch)
    {
        foreach (var portion in batch.Chunk(Portion))
        {
            ThreadPool.UnsafeQueueUserWorkItem(new Answering(portion), preferLocal: false);
        }
    }

    public void Execute()
    {
        foreach (var work in told)
        {
            work.Answer();
        }
    }
}
