using System.Text.Json.Serialization.Metadata;
using AgentOrchestrator.Cli.CommandLine;
using AgentOrchestrator.Cli.Output;

namespace AgentOrchestrator.Cli.Documents;

static class DocumentSpeech
{
    /// <summary>The predecessor's names speak JSON always.</summary>
    public static bool SpeaksJson(this Invocation call) => call.WantsJson || call.IsSeedName;

    public static void WriteOnLines<T>(this Invocation call, T value, JsonTypeInfo<T> shape) => call.Terminal.Out.WriteLine(JsonText.OnLines(value, shape));
}
