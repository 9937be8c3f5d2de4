using NUnit.Framework;
using ZfNet.Kernels;

namespace ZfNet.Tests.Ops;

[TestFixture]
public sealed class PhiloxTests
{
    // The published known answers of philox4x32-10 (Random123, kat_vectors).
    [TestCase(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [TestCase(~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [TestCase(
        0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void The_published_vectors(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint x, uint y, uint z, uint w) =>
        Assert.That(Philox.Block(c0, c1, c2, c3, k0, k1), Is.EqualTo((x, y, z, w)));

    [Test]
    public void Seed_stream_and_block_lie_where_the_convention_says() =>
        Assert.That(
            Philox.Block(seed: 0x299f31d0_a4093822, stream: 0x03707344_13198a2e, block: 0x85a308d3_243f6a88),
            Is.EqualTo((0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)));

    [TestCase(0u, 0f)]
    [TestCase(0xffu, 0f)]
    [TestCase(0x100u, 1f / 16777216)]
    [TestCase(0x80000000u, 0.5f)]
    [TestCase(0xffffffffu, 16777215f / 16777216)]
    public void A_word_becomes_a_float_below_1(uint word, float expected) => Assert.That(Philox.ToUnit(word), Is.EqualTo(expected));
}
