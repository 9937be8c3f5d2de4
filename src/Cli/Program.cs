using System.Reflection;

// The commands come with the floors under them; until then the executable says which build it is.
Console.WriteLine($"zfnet {typeof(ZfNet.Engine.WeightDType).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion}");
return 0;
