using SQLitePCL;

namespace AgentOrchestrator.Sqlite;

enum OpenMode
{
    /// <summary>Changes nothing, not even when it is the last to close.</summary>
    Look = raw.SQLITE_OPEN_READONLY,

    /// <summary>May write the files that readers share.</summary>
    Use = raw.SQLITE_OPEN_READWRITE,

    Create = raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE,
}
