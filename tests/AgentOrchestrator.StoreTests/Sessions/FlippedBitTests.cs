using System.Text;
using AgentOrchestrator.Coordinator.Sessions;

namespace AgentOrchestrator.StoreTests.Sessions;

public sealed class FlippedBitTests
{
    [Fact]
    public void Every_bit_of_a_body_counts()
    {
        var body = Encoding.UTF8.GetBytes("""{"role":"assistant","content":[{"type":"text","text":"Überall gleich"}]}""");
        var whole = Of(body);
        for (var bit = 0; bit < body.Length * 8; bit++)
        {
            body[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(whole, Of(body));
            body[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Every_bit_of_sequence_and_instant_counts()
    {
        var instant = DateTimeOffset.UnixEpoch.AddDays(20_000);
        var whole = LogChecksum.At(7, 5, instant);
        for (var bit = 0; bit < 48; bit++)
        {
            Assert.NotEqual(whole, LogChecksum.At(7, 5 ^ (1L << (bit % 31)), instant));
            Assert.NotEqual(whole, LogChecksum.At(7, 5, instant.AddMicroseconds(1L << bit)));
        }
    }

    [Fact]
    public void A_text_that_moves_from_one_member_to_the_next_counts()
    {
        Assert.NotEqual(
            LogChecksum.OfContent("ab", "c", null, null, []), LogChecksum.OfContent("a", "bc", null, null, []));
        Assert.NotEqual(
            LogChecksum.OfContent("a", "b", "c", null, []), LogChecksum.OfContent("a", "b", null, "c", []));
    }

    static uint Of(byte[] body) => LogChecksum.OfContent("message", "2026-01-01T00:00:00Z", "run_1", null, body);
}
