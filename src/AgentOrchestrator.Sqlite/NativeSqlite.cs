using System.Runtime.InteropServices;
using SQLitePCL;

namespace AgentOrchestrator.Sqlite;

/// <summary>Chooses the SQLite library: the host's where it is at least as new as the bundled one, else that.</summary>
static class NativeSqlite
{
    // 3.35.5, the version in the bundle; every statement here runs on it.
    const int BundledVersion = 3_035_005;

    static readonly Lock s_gate = new();
    static bool s_isLoaded;

    public static void Load()
    {
        lock (s_gate)
        {
            if (s_isLoaded)
            {
                return;
            }

            NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, Resolve);
            raw.SetProvider(new SQLite3Provider_e_sqlite3());
            // Nobody reads its statistics of memory, and they cost a lock at each allocation. It refuses where another part of the
            // process has used the library before; then it is only slower.
            _ = raw.sqlite3_config(raw.SQLITE_CONFIG_MEMSTATUS, 0);
            s_isLoaded = true;
        }
    }

    static nint Resolve(string name, System.Reflection.Assembly assembly, DllImportSearchPath? searchPath) =>
        name == "e_sqlite3" && OperatingSystem.IsLinux()
        && NativeLibrary.TryLoad("libsqlite3.so.0", out var host) && IsNewEnough(host)
            ? host
            : 0;

    static unsafe bool IsNewEnough(nint library) =>
        NativeLibrary.TryGetExport(library, "sqlite3_libversion_number", out var version)
        && ((delegate* unmanaged[Cdecl]<int>)version)() >= BundledVersion;
}
