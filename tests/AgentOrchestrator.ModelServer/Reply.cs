namespace AgentOrchestrator.ModelServer;

/// <summary>What the model answers to one request.</summary>
sealed record Reply(Turn Turn, TimeSpan Pace, Usage Usage, string Model, string Id)
{
    public async Task PlayAsync(IReplyWriter writer, HttpContext http, Hold hold)
    {
        var cancel = http.RequestAborted;
        if (Turn.Ending == Ending.Fail)
        {
            await writer.FailAsync(Turn.FailStatus, Turn.FailMessage, cancel);
            return;
        }

        await writer.StartAsync(cancel);
        foreach (var piece in Pieces(Turn.Text))
        {
            await writer.TextAsync(piece, cancel);
            if (Pace > TimeSpan.Zero) { await Task.Delay(Pace, cancel); }
        }

        if (Turn.Ending == Ending.Cut)
        {
            http.Abort();
            return;
        }

        if (Turn.Ending == Ending.Hang) { await hold.WaitAsync(cancel); }
        foreach (var call in Turn.Calls) { await writer.CallAsync(call, cancel); }
        await writer.EndAsync(cancel);
    }

    static IEnumerable<string> Pieces(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var space = text.IndexOf(' ', at);
            var end = space < 0 ? text.Length : space + 1;
            yield return text[at..end];
            at = end;
        }
    }
}
