using ZfNet.PtxEmulator.Command;

return EmuCommandLine.Run(args, Console.Out, Console.Error);
