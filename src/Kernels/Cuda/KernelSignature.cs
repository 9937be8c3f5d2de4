namespace ZfNet.Kernels.Cuda;

/// <summary>What a parameter of a kernel is.</summary>
internal enum KernelParameter
{
    /// <summary>An address in device memory.</summary>
    Pointer,

    /// <summary>A 32-bit integer.</summary>
    I32,

    /// <summary>A 64-bit integer.</summary>
    I64,

    /// <summary>A float32.</summary>
    F32,

    /// <summary>A float64.</summary>
    F64,

    /// <summary>A number of the type that the kernel computes with; only in <see cref="KernelFamily"/>.</summary>
    Real,
}

/// <summary>A kernel's name and parameters, declared beside its launch. Tests compare it with the PTX.</summary>
internal sealed class KernelSignature(string name, params KernelParameter[] parameters)
{
    /// <summary>The entry's name in the PTX.</summary>
    public string Name { get; } = name;

    /// <summary>The parameters, in order.</summary>
    public IReadOnlyList<KernelParameter> Parameters { get; } = parameters;

    /// <summary>Whether a kernel takes these parameters; also where the device does not tell what it takes.</summary>
    public bool Fits(IGpuKernel kernel) =>
        kernel.ParameterBytes is not { } bytes || bytes.SequenceEqual(Parameters.Select(Bytes));

    private static int Bytes(KernelParameter parameter) =>
        parameter is KernelParameter.I32 or KernelParameter.F32 ? sizeof(int) : sizeof(long);

    /// <inheritdoc/>
    public override string ToString() => $"{Name}({string.Join(", ", Parameters)})";
}

/// <summary>A kernel for float32 (<c>stem_f32</c>) and float64 (<c>stem_f64</c>).</summary>
internal sealed class KernelFamily(string stem, params KernelParameter[] parameters)
{
    /// <summary>The instance for float32.</summary>
    public KernelSignature Float32 { get; } = Of($"{stem}_f32", parameters, KernelParameter.F32);

    /// <summary>The instance for float64.</summary>
    public KernelSignature Float64 { get; } = Of($"{stem}_f64", parameters, KernelParameter.F64);

    /// <summary>The instance for a floating-point type.</summary>
    public KernelSignature this[DType dtype] => dtype switch
    {
        DType.Float32 => Float32,
        DType.Float64 => Float64,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), $"There is no {stem} kernel for {dtype}."),
    };

    private static KernelSignature Of(string name, KernelParameter[] parameters, KernelParameter real) =>
        new(name, [.. parameters.Select(parameter => parameter == KernelParameter.Real ? real : parameter)]);
}
