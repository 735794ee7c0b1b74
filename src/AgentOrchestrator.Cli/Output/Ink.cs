namespace AgentOrchestrator.Cli.Output;

/// <summary>The few colours of the product's own output; none where nobody sees them.</summary>
sealed class Ink(bool isOn)
{
    public string Dim(string text) => Paint("2", text);

    public string Bold(string text) => Paint("1", text);

    public string Red(string text) => Paint("31", text);

    public string Green(string text) => Paint("32", text);

    public string Yellow(string text) => Paint("33", text);

    public string Blue(string text) => Paint("34", text);

    public string Cyan(string text) => Paint("36", text);

    string Paint(string code, string text) => isOn && text.Length > 0 ? $"\e[{code}m{text}\e[0m" : text;
}
