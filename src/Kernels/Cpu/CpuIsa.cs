using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ZfNet.Kernels;

/// <summary>The instruction set whose micro-kernels a CPU backend runs.</summary>
public enum CpuIsa
{
    /// <summary>128-bit vectors: ARM64's Advanced SIMD, SSE, or plain software; runs everywhere.</summary>
    Portable,

    /// <summary>256-bit vectors with fused multiply-add (x86-64 since 2013).</summary>
    Avx2,

    /// <summary>512-bit vectors. Runs in software, slowly and correctly, where the processor lacks them.</summary>
    Avx512,
}

/// <summary>Which <see cref="CpuIsa"/> this process may and should use.</summary>
public static class CpuIsaSupport
{
    /// <summary>The environment variable that overrides <see cref="Default"/>: portable, avx2 or avx512.</summary>
    public const string Variable = "ZFNET_CPU_ISA";

    /// <summary>The widest instruction set this processor executes in hardware.</summary>
    public static CpuIsa Best =>
        Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? CpuIsa.Avx512
        : Avx2.IsSupported && Fma.IsSupported ? CpuIsa.Avx2
        : CpuIsa.Portable;

    /// <summary><see cref="Best"/>, unless the environment variable <see cref="Variable"/> names another.</summary>
    /// <exception cref="ArgumentException">The variable names no instruction set, or AVX2 where there is none.</exception>
    public static CpuIsa Default
    {
        get
        {
            var text = Environment.GetEnvironmentVariable(Variable);
            if (string.IsNullOrWhiteSpace(text))
                return Best;
            if (!Enum.TryParse(text, ignoreCase: true, out CpuIsa isa) || !Enum.IsDefined(isa))
                throw new ArgumentException($"{Variable} is '{text}'; expected portable, avx2 or avx512.");
            ThrowIfUnusable(isa);
            return isa;
        }
    }

    /// <summary>Whether <paramref name="isa"/> can run here at all (portable and AVX-512 also run in software).</summary>
    public static bool CanRun(CpuIsa isa) => isa != CpuIsa.Avx2 || (Avx2.IsSupported && Fma.IsSupported);

    internal static void ThrowIfUnusable(CpuIsa isa)
    {
        if (!CanRun(isa))
            throw new ArgumentException($"CPU instruction set {isa} was asked for, but this processor has no AVX2 with FMA.");
    }
}
