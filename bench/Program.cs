// Kernel benchmarks: dotnet run -c Release --project bench -- --filter '*'
using BenchmarkDotNet.Running;
using ZfNet.Benchmarks;
using ZfNet.Kernels;

using (var context = new KernelContext())
    Console.WriteLine($"FMA peak {FmaPeakProbe.Measure(context.Pool, context.Isa, 15):F1} GFLOP/s ({context.Isa}, {context.Pool.Threads} threads)");
BenchmarkSwitcher.FromAssembly(typeof(KernelConfig).Assembly).Run(args, new KernelConfig());
