// Epilogues of convolutions and linear layers, in place over y [outer, channels, inner]; a sample holds
// channels * inner elements.
//
//   bias        y[o, c, i] += bias[c]
//   bias_relu   y[o, c, i] = max(y[o, c, i] + bias[c], 0), which lets NaN through
//
// Sixteen bytes at once where a sample is made of such packs; the channels of a pack's elements are looked up once for
// all samples. Threads along x take elements of a sample, along y samples.
#pragma once

#include "planes.cuh"
#include "relu.cuh"

template <int W, bool Relu, typename T>
__device__ inline void bias_packs(
    T* y, const T* __restrict__ bias, long long outer, long long sample, long long inner) {
    const long long first = blockIdx.y * static_cast<long long>(blockDim.y) + threadIdx.y;
    const long long stride = gridDim.y * static_cast<long long>(blockDim.y);
#pragma unroll 1
    for (long long i = grid_thread(); i < sample; i += grid_threads()) {
        long long c = i * W / inner, left = (c + 1) * inner - i * W;
        T b[W];
#pragma unroll
        for (int j = 0; j < W; j++) {
            b[j] = bias[c];
            if (--left == 0) {
                c++;
                left = inner;
            }
        }
#pragma unroll 1
        for (long long o = first; o < outer; o += stride) {
            Pack<T, W>* at = reinterpret_cast<Pack<T, W>*>(y) + o * sample + i;
            Pack<T, W> pack = *at;
#pragma unroll
            for (int j = 0; j < W; j++) pack.at[j] = Relu ? rectified(pack.at[j] + b[j]) : pack.at[j] + b[j];
            *at = pack;
        }
    }
}

template <bool Relu, typename T>
__device__ inline void bias_forward(
    T* y, const T* __restrict__ bias, long long outer, long long sample, long long inner) {
    constexpr int W = kPack<T>;
    if (sample % W == 0 && aligned16(y))
        bias_packs<W, Relu>(y, bias, outer, sample / W, inner);
    else
        bias_packs<1, Relu>(y, bias, outer, sample, inner);
}

#define BIAS(T, suffix)                                                                         \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) bias_forward_##suffix(          \
        T* y, const T* __restrict__ bias, long long outer, long long sample, long long inner) { \
        bias_forward<false>(y, bias, outer, sample, inner);                                     \
    }                                                                                           \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) bias_relu_forward_##suffix(     \
        T* y, const T* __restrict__ bias, long long outer, long long sample, long long inner) { \
        bias_forward<true>(y, bias, outer, sample, inner);                                      \
    }

BIAS(float, f32)
BIAS(double, f64)

#undef BIAS
