// Epilogues of convolutions and linear layers, in place over y [outer, channels, inner]; n elements in all.
//
//   bias        y[o, c, i] += bias[c]
//   bias_relu   y[o, c, i] = max(y[o, c, i] + bias[c], 0), which lets NaN through
//
// Sixteen bytes at once where a channel's elements come in such packs.
#pragma once

#include "relu.cuh"

template <int W, bool Relu, typename T>
__device__ inline void bias_packs(T* y, const T* __restrict__ bias, long long packs, int channels, long long inner) {
#pragma unroll 1
    for (long long i = grid_thread(); i < packs; i += grid_threads()) {
        const T b = bias[i / inner % channels];
        Pack<T, W> pack = reinterpret_cast<Pack<T, W>*>(y)[i];
#pragma unroll
        for (int j = 0; j < W; j++) pack.at[j] = Relu ? rectified(pack.at[j] + b) : pack.at[j] + b;
        reinterpret_cast<Pack<T, W>*>(y)[i] = pack;
    }
}

template <bool Relu, typename T>
__device__ inline void bias_forward(T* y, const T* __restrict__ bias, long long n, int channels, long long inner) {
    constexpr int W = kPack<T>;
    if (inner % W == 0 && aligned16(y))
        bias_packs<W, Relu>(y, bias, n / W, channels, inner / W);
    else
        bias_packs<1, Relu>(y, bias, n, channels, inner);
}

#define BIAS(T, suffix)                                                                                \
    extern "C" __global__ void __launch_bounds__(kMapThreads) bias_forward_##suffix(                   \
        T* y, const T* __restrict__ bias, long long n, int channels, long long inner) {                \
        bias_forward<false>(y, bias, n, channels, inner);                                              \
    }                                                                                                  \
    extern "C" __global__ void __launch_bounds__(kMapThreads) bias_relu_forward_##suffix(              \
        T* y, const T* __restrict__ bias, long long n, int channels, long long inner) {                \
        bias_forward<true>(y, bias, n, channels, inner);                                               \
    }

BIAS(float, f32)
BIAS(double, f64)

#undef BIAS
