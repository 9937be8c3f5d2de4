using System.Reflection;
using BenchmarkDotNet.Attributes;

namespace ZfNet.Benchmarks;

/// <summary>
/// The benchmarks of this assembly: those in ZfNet.Benchmarks run on every device, those in Cpu and Cuda on theirs.
/// </summary>
public static class BenchmarkClasses
{
    /// <summary>The classes for a device.</summary>
    public static IEnumerable<Type> For(bool gpu) =>
        from type in typeof(BenchmarkClasses).Assembly.GetExportedTypes()
        where !type.IsAbstract && Methods(type).Any()
            && type.Namespace != (gpu ? "ZfNet.Benchmarks.Cpu" : "ZfNet.Benchmarks.Cuda")
        orderby type.Name
        select type;

    /// <summary>The sizes of a class.</summary>
    public static IEnumerable<IWork> Cases(Type type) =>
        (IEnumerable<IWork>)type.GetProperty("Cases", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;

    /// <summary>The benchmarks of a class.</summary>
    public static IEnumerable<MethodInfo> Methods(Type type) =>
        type.GetMethods().Where(method => method.IsDefined(typeof(BenchmarkAttribute)));

    /// <summary>The op or kernel that a class measures.</summary>
    public static string Op(Type type) => type.Name.Replace("Benchmarks", "", StringComparison.Ordinal);

    /// <summary>
    /// Sets every benchmark up, which checks its result, and runs it once, on the run's device.
    /// </summary>
    /// <param name="ran">Told of each with its class, sizes and method, just before and after.</param>
    public static void Exercise(Action<Type, IWork, MethodInfo, bool> ran)
    {
        foreach (var type in For(gpu: BenchmarkDevice.Current.Cuda is not null))
        {
            foreach (var work in Cases(type))
            {
                var benchmark = Activator.CreateInstance(type)!;
                type.GetProperty("Case")!.SetValue(benchmark, work);
                Call(type, "Setup", benchmark);
                try
                {
                    foreach (var method in Methods(type))
                    {
                        ran(type, work, method, false);
                        Call(type, method.Name, benchmark);
                        ran(type, work, method, true);
                    }
                }
                finally
                {
                    Call(type, "Cleanup", benchmark);
                }
            }
        }
    }

    private static void Call(Type type, string method, object benchmark) =>
        type.GetMethod(method)!.Invoke(
            benchmark, BindingFlags.DoNotWrapExceptions, binder: null, parameters: null, culture: null);
}
