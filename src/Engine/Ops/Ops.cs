namespace ZfNet.Engine;

/// <summary>
/// The differentiable operations, one file each: check the arguments, run the backend's kernel, leave a node for backward.
/// Every op takes floating-point tensors of one element type on one device unless it says otherwise.
/// </summary>
public static partial class Ops;
