using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using NUnit.Framework;

namespace ZfNet.Tests;

/// <summary>The floors of docs/architecture.md, read from the compiled assemblies: what a floor does not reference it does not know.</summary>
[TestFixture]
public sealed class ArchitectureTests
{
    private static readonly string[] Floors = ["ZfNet.Kernels", "ZfNet.Engine", "ZfNet.Core", "zfnet"];

    /// <summary>
    /// Plain data of Kernels that the upper floors may name: records and enums of sizes, rules or counts, and an exception.
    /// </summary>
    private static readonly Dictionary<string, string> Data = new()
    {
        ["Pair"] = "kernel sizes and strides",
        ["DType"] = "element types of weights",
        ["DTypes"] = "their sizes",
        ["UnpoolMode"] = "the named modes of unpooling",
        ["ReLURule"] = "the named rules of the rectifier",
        ["Pool2dGeometry"] = "output sizes of pooling, for a network's plan",
        ["Conv2dGeometry"] = "output sizes of convolutions, for a network's plan",
        ["ConvTranspose2dGeometry"] = "output sizes on the way down",
        ["CpuMemoryStatistics"] = "bytes in use, for reports",
        ["GpuSystem"] = "driver, cuBLAS and GPUs, for reports",
        ["GpuInfo"] = "a GPU, for reports",
        ["GpuException"] = "what is wrong with a GPU, for exit codes",
    };

    [TestCase("ZfNet.Kernels")]
    [TestCase("ZfNet.Engine", "ZfNet.Kernels")]
    [TestCase("ZfNet.Core", "ZfNet.Engine", "ZfNet.Kernels")]
    [TestCase("zfnet", "ZfNet.Core", "ZfNet.Engine", "ZfNet.Kernels")]
    public void A_floor_references_only_floors_under_it(string floor, params string[] under) =>
        Assert.That(References(floor).Intersect(Floors), Is.SubsetOf(under));

    [TestCase("ZfNet.Kernels")]
    [TestCase("ZfNet.Engine")]
    public void Kernels_and_Engine_use_nothing_but_the_framework(string floor)
    {
        var framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        foreach (var reference in References(floor).Except(Floors))
            Assert.That(File.Exists(Path.Combine(framework, reference + ".dll")), $"{floor} uses the package {reference}.");
    }

    [TestCase("ZfNet.Core")]
    [TestCase("zfnet")]
    public void The_upper_floors_know_only_plain_data_of_Kernels(string floor) =>
        Assert.That(TypesUsed(floor).Where(type => type.Assembly == "ZfNet.Kernels").Select(type => type.Name).Except(Data.Keys), Is.Empty);

    [Test]
    public void Engine_knows_no_SIMD_and_no_threads()
    {
        string[] threads = ["System.Threading.Thread", "System.Threading.ThreadPool", "System.Threading.Tasks.Parallel", "System.Threading.Tasks.Task"];
        var forbidden = TypesUsed("ZfNet.Engine").Where(type => type.Namespace.StartsWith("System.Runtime.Intrinsics", StringComparison.Ordinal)
            || (type.Namespace == "System.Numerics" && type.Name.StartsWith("Vector", StringComparison.Ordinal))
            || threads.Contains($"{type.Namespace}.{type.Name}"));
        Assert.That(forbidden, Is.Empty);
    }

    [Test]
    public void The_test_can_see_what_it_forbids()
    {
        Assert.That(TypesUsed("ZfNet.Kernels"), Has.Some.Matches<(string Assembly, string Namespace, string Name)>(
            type => type.Namespace == "System.Runtime.Intrinsics"));
        Assert.That(TypesUsed("ZfNet.Kernels"), Has.Some.Matches<(string Assembly, string Namespace, string Name)>(type => type.Name == "Thread"));
        Assert.That(TypesUsed("ZfNet.Engine"), Has.Some.Matches<(string Assembly, string Namespace, string Name)>(type => type.Name == "IBackend"));
    }

    private static string[] References(string floor) => Read(floor, reader =>
        reader.AssemblyReferences.Select(handle => reader.GetString(reader.GetAssemblyReference(handle).Name)).ToArray());

    private static (string Assembly, string Namespace, string Name)[] TypesUsed(string floor) => Read(floor, reader =>
        reader.TypeReferences.Select(handle => Describe(reader, reader.GetTypeReference(handle))).ToArray());

    private static (string Assembly, string Namespace, string Name) Describe(MetadataReader reader, TypeReference type)
    {
        var outer = type;
        while (outer.ResolutionScope.Kind == HandleKind.TypeReference)
            outer = reader.GetTypeReference((TypeReferenceHandle)outer.ResolutionScope);
        var assembly = outer.ResolutionScope.Kind == HandleKind.AssemblyReference
            ? reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)outer.ResolutionScope).Name)
            : "";
        return (assembly, reader.GetString(outer.Namespace), reader.GetString(outer.Name));
    }

    private static T Read<T>(string floor, Func<MetadataReader, T> read)
    {
        using var stream = File.OpenRead(Assembly.Load(floor).Location);
        using var file = new PEReader(stream);
        var reader = file.GetMetadataReader();
        // Simple names are looked up without regard to case: another floor's file must not answer.
        Assert.That(reader.GetString(reader.GetAssemblyDefinition().Name), Is.EqualTo(floor));
        return read(reader);
    }
}
