using System.Text;
using AgentOrchestrator.Runner.Processes;
using AgentOrchestrator.Runner.Processes.Containers;

namespace AgentOrchestrator.Runner.Keeper;

/// <summary>Messages as bytes: a kind, then its fields. Lean on purpose: the keeper loads no serializer for them.</summary>
static class KeeperWire
{
    public static byte[] Encode(KeeperMessage message)
    {
        using var bytes = new MemoryStream();
        using var to = new BinaryWriter(bytes, Encoding.UTF8);
        switch (message)
        {
            case KeeperMessage.Hello: to.Write((byte)1); break;
            case KeeperMessage.Welcome m: to.Write((byte)2); to.Write(m.ProcessId); to.Write(m.Containment); break;
            case KeeperMessage.Spawn m: to.Write((byte)3); Write(to, m); break;
            case KeeperMessage.Adopt m: to.Write((byte)4); to.Write(m.Key); break;
            case KeeperMessage.Started m: to.Write((byte)5); to.Write(m.ProcessId); to.Write(m.From); to.Write(m.Capacity); break;
            case KeeperMessage.Refused m: to.Write((byte)6); to.Write(m.Reason); break;
            case KeeperMessage.Output m: to.Write((byte)7); to.Write(m.Written); break;
            case KeeperMessage.Consumed m: to.Write((byte)8); to.Write(m.Position); break;
            case KeeperMessage.Extend m: to.Write((byte)9); to.Write(m.Deadline.Ticks); break;
            case KeeperMessage.Stop m: to.Write((byte)10); to.Write((byte)m.First); to.Write(m.Grace.Ticks); break;
            case KeeperMessage.Ended m: to.Write((byte)11); Write(to, m.End); break;
            case KeeperMessage.Release: to.Write((byte)12); break;
            default: throw new ArgumentOutOfRangeException(nameof(message), message, "A message without a form.");
        }

        to.Flush();
        return bytes.ToArray();
    }

    /// <exception cref="InvalidDataException">Not a message.</exception>
    public static KeeperMessage Decode(byte[] bytes)
    {
        using var from = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        try
        {
            return from.ReadByte() switch
            {
                1 => new KeeperMessage.Hello(),
                2 => new KeeperMessage.Welcome(from.ReadInt32(), from.ReadString()),
                3 => ReadSpawn(from),
                4 => new KeeperMessage.Adopt(from.ReadString()),
                5 => new KeeperMessage.Started(from.ReadInt32(), from.ReadInt64(), from.ReadInt64()),
                6 => new KeeperMessage.Refused(from.ReadString()),
                7 => new KeeperMessage.Output(from.ReadInt64()),
                8 => new KeeperMessage.Consumed(from.ReadInt64()),
                9 => new KeeperMessage.Extend(new TimeSpan(from.ReadInt64())),
                10 => new KeeperMessage.Stop((ProcessSignal)from.ReadByte(), new TimeSpan(from.ReadInt64())),
                11 => new KeeperMessage.Ended(ReadEnd(from)),
                12 => new KeeperMessage.Release(),
                var kind => throw new InvalidDataException($"Kind {kind} is no message."),
            };
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException)
        {
            throw new InvalidDataException("A message was cut.", e);
        }
    }

    static void Write(BinaryWriter to, KeeperMessage.Spawn spawn)
    {
        to.Write(spawn.Key);
        to.Write(spawn.Folder);
        to.Write(spawn.MaxKeptBytes);
        to.Write(spawn.Deadline.Ticks);
        var program = spawn.Program;
        to.Write(program.Program);
        to.Write(program.WorkingDirectory);
        to.Write(program.ErrorTailBytes);
        to.Write(program.Limits.MemoryBytes ?? 0);
        to.Write(program.Limits.Processes ?? 0);
        to.Write(program.Arguments.Count);
        foreach (var argument in program.Arguments)
        {
            to.Write(argument);
        }

        to.Write(program.Environment.Count);
        foreach (var (name, value) in program.Environment)
        {
            to.Write(name);
            to.Write(value);
        }

        to.Write(program.Input is not null);
        to.Write(program.Input?.Length ?? 0);
        to.Write(program.Input.GetValueOrDefault().Span);
    }

    static KeeperMessage.Spawn ReadSpawn(BinaryReader from)
    {
        var (key, folder, kept, deadline) = (from.ReadString(), from.ReadString(), from.ReadInt64(), new TimeSpan(from.ReadInt64()));
        var (program, work, tail) = (from.ReadString(), from.ReadString(), from.ReadInt32());
        var (memory, processes) = (from.ReadInt64(), from.ReadInt32());
        var arguments = new string[from.ReadInt32()];
        for (var i = 0; i < arguments.Length; i++)
        {
            arguments[i] = from.ReadString();
        }

        var environment = new Dictionary<string, string>();
        for (var i = from.ReadInt32(); i > 0; i--)
        {
            environment[from.ReadString()] = from.ReadString();
        }

        var hasInput = from.ReadBoolean();
        var input = from.ReadBytes(from.ReadInt32());
        return new KeeperMessage.Spawn(key, folder, kept, deadline, new ProcessSpec
        {
            Program = program,
            WorkingDirectory = work,
            ErrorTailBytes = tail,
            Limits = new RunLimits(memory > 0 ? memory : null, processes > 0 ? processes : null),
            Arguments = arguments,
            Environment = environment,
            Input = hasInput ? (ReadOnlyMemory<byte>?)input : null,
        });
    }

    static void Write(BinaryWriter to, KeptEnd end)
    {
        to.Write(end.ExitCode);
        to.Write((byte)end.Cause);
        to.Write((byte)end.Strongest);
        to.Write(end.Written);
        to.Write(end.ErrorTail);
    }

    static KeptEnd ReadEnd(BinaryReader from) =>
        new(from.ReadInt32(), (EndCause)from.ReadByte(), (ProcessSignal)from.ReadByte(), from.ReadInt64(), from.ReadString());
}
