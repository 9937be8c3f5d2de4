// All device code of ZfNet, one part an op. `./build.sh kernels` compiles this file to src/Kernels/Ptx/kernels.ptx.
//
// Conventions: kernels are named op_direction_dtype; each is an instance, by a macro line, of a template that says the
// maths and the layout. Indices and lengths are 64-bit; a grid of any size does the whole work (grid-stride loops).
// Pointers carry __restrict__ where the contract (IBackend) forbids overlap, and only there. No fast-math.

#include "kernels/bias.cuh"
#include "kernels/channel_sum.cuh"
#include "kernels/copy.cuh"
#include "kernels/cross_entropy.cuh"
#include "kernels/elementwise.cuh"
#include "kernels/gemm.cuh"
#include "kernels/im2col.cuh"
#include "kernels/relu.cuh"
#include "kernels/maxpool2d.cuh"
#include "kernels/maxunpool2d.cuh"
#include "kernels/avgpool2d.cuh"
#include "kernels/upsample.cuh"
#include "kernels/lrn.cuh"
#include "kernels/random.cuh"
#include "kernels/preprocess.cuh"
#include "kernels/renormalise.cuh"
#include "kernels/sgd.cuh"
#include "kernels/softmax.cuh"
#include "kernels/sum.cuh"
