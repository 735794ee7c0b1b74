using AgentOrchestrator.Runner.Keeper;
using AgentOrchestrator.Runner.Processes;
using Xunit;

namespace AgentOrchestrator.Tests.Runner.Keeper;

public sealed class KeeperWireTests
{
    static readonly KeeperMessage[] s_messages =
    [
        new KeeperMessage.Hello(), new KeeperMessage.Welcome(7, "by marks"), new KeeperMessage.Adopt("run_1-2"), new KeeperMessage.Started(7, 3, 64),
        new KeeperMessage.Refused("nö"), new KeeperMessage.Output(1L << 40), new KeeperMessage.Consumed(5), new KeeperMessage.Extend(TimeSpan.FromHours(1)),
        new KeeperMessage.Stop(ProcessSignal.SIGTERM, TimeSpan.FromSeconds(10)),
        new KeeperMessage.Ended(new KeptEnd(137, EndCause.LeaseEnded, ProcessSignal.SIGKILL, 9, "last words")), new KeeperMessage.Release(),
    ];

    [Fact]
    public void A_message_is_what_it_was()
    {
        Assert.All(s_messages, message => Assert.Equal(message, KeeperWire.Decode(KeeperWire.Encode(message))));

        var spawn = new KeeperMessage.Spawn("key", "/folder", 64, TimeSpan.FromDays(3), new ProcessSpec
        {
            Program = "claude",
            Arguments = ["-p", "", "a b\n"],
            WorkingDirectory = "/work",
            Environment = new Dictionary<string, string> { ["A"] = "", ["B"] = "ü=\"" },
            Input = new byte[] { 0, 255, 10 },
        });
        var back = Assert.IsType<KeeperMessage.Spawn>(KeeperWire.Decode(KeeperWire.Encode(spawn)));
        Assert.Equal(spawn with { Program = back.Program }, back);
        Assert.Equal(spawn.Program.Arguments, back.Program.Arguments);
        Assert.Equal(spawn.Program.Environment, back.Program.Environment);
        Assert.Equal(spawn.Program.Input!.Value.ToArray(), back.Program.Input!.Value.ToArray());
        Assert.Null(((KeeperMessage.Spawn)KeeperWire.Decode(KeeperWire.Encode(spawn with { Program = spawn.Program with { Input = null } }))).Program.Input);
    }

    [Fact]
    public void Every_cut_of_a_message_is_refused()
    {
        var whole = KeeperWire.Encode(s_messages[9]);

        Assert.All(Enumerable.Range(0, whole.Length), length => Assert.Throws<InvalidDataException>(() => KeeperWire.Decode(whole[..length])));
        Assert.Throws<InvalidDataException>(() => KeeperWire.Decode([99]));
    }
}
