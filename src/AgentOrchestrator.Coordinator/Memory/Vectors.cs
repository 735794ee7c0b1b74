using System.Numerics;
using System.Runtime.InteropServices;

namespace AgentOrchestrator.Coordinator.Memory;

/// <summary>Embeddings as bytes: of length 1, so that a product says how near two are.</summary>
public static class Vectors
{
    public const int MaxDimensions = 8_192;

    /// <returns>Empty for one that points nowhere, or is too long.</returns>
    public static byte[] Pack(ReadOnlySpan<float> vector)
    {
        if (vector.Length is 0 or > MaxDimensions) { return []; }

        var length = Math.Sqrt(Product(vector, vector));
        if (length is 0 || !double.IsFinite(length)) { return []; }

        var unit = new float[vector.Length];
        for (var i = 0; i < unit.Length; i++) { unit[i] = (float)(vector[i] / length); }
        return MemoryMarshal.AsBytes(unit.AsSpan()).ToArray();
    }

    /// <returns>Null for vectors that cannot be compared.</returns>
    public static double? Distance(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) =>
        one.Length != other.Length || one.Length % sizeof(float) != 0 || one.IsEmpty
            ? null
            : Math.Clamp(1 - Product(MemoryMarshal.Cast<byte, float>(one), MemoryMarshal.Cast<byte, float>(other)), 0, 2);

    static double Product(ReadOnlySpan<float> one, ReadOnlySpan<float> other)
    {
        var sum = Vector<float>.Zero;
        var at = 0;
        for (; at + Vector<float>.Count <= one.Length; at += Vector<float>.Count) { sum += new Vector<float>(one[at..]) * new Vector<float>(other[at..]); }

        double total = Vector.Sum(sum);
        for (; at < one.Length; at++) { total += one[at] * other[at]; }
        return total;
    }
}

/// <summary>Keeps the places of the nearest vectors that it is shown; among equals the highest places, which are the newest.</summary>
public sealed class Nearest(byte[] vector, int most)
{
    // The one to drop first.
    readonly PriorityQueue<long, (double Distance, long Place)> _kept =
        new(Comparer<(double Distance, long Place)>.Create((one, other) => (other.Distance, one.Place).CompareTo((one.Distance, other.Place))));

    /// <summary>The nearest first.</summary>
    public IReadOnlyList<(long Place, double Distance)> Found =>
        [.. _kept.UnorderedItems.Select(kept => (Place: kept.Element, kept.Priority.Distance)).OrderBy(kept => (kept.Distance, -kept.Place))];

    public void Look(long place, ReadOnlySpan<byte> candidate)
    {
        if (Vectors.Distance(vector, candidate) is not { } distance) { return; }

        _kept.Enqueue(place, (distance, place));
        if (_kept.Count > most) { _kept.Dequeue(); }
    }
}
