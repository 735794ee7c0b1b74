using System.Runtime.InteropServices;
using AgentOrchestrator.Protocol;

namespace AgentOrchestrator.Cli.Serving;

/// <summary>Turns this process into another program: same process id, terminal and signals, and nothing left in between to forward them.</summary>
static partial class ExecutableImage
{
    /// <summary>Does not return when it succeeds.</summary>
    /// <exception cref="ProductException"><see cref="ErrorCode.NotPossible"/> when the program cannot be executed.</exception>
    public static int Replace(string program, IReadOnlyList<string> arguments)
    {
        Execute(program, [program, .. arguments, null]);
        throw new ProductException(ErrorCode.NotPossible, $"{program} cannot be executed: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "execv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Execute(string program, string?[] arguments);
}
