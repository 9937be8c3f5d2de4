using ZfNet.Cli;

using var interrupt = new Interrupt();
return CommandLine.Run(args, CliHost.Console(interrupt.Token), interrupt);
