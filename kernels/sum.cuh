// The sum of n elements, carried in float64, in two stages of a fixed order.
//
//   partial   partials[s] = the sum of share s: x[s * share], ..., up to x[(s+1) * share - 1] or the end
//   finish    y[0] = the sum of partials
//
// A thread takes sixteen bytes at a time, in one load where they are aligned, and adds them in their order either way.
#pragma once

#include "reduce.cuh"

template <bool Aligned, typename T>
__device__ inline double sum_share(const T* __restrict__ x, long long first, long long end) {
    constexpr int W = kPack<T>;
    const long long packs = (end - first) / W;
    double total = 0;
#pragma unroll kAhead<T>
    for (long long i = threadIdx.x; i < packs; i += kReduceThreads) {
        const T* at = x + first + i * W;
        Pack<T, W> pack;
        if constexpr (Aligned) {
            pack = *reinterpret_cast<const Pack<T, W>*>(at);
        } else {
#pragma unroll
            for (int j = 0; j < W; j++) pack.at[j] = at[j];
        }
#pragma unroll
        for (int j = 0; j < W; j++) total += static_cast<double>(pack.at[j]);
    }
    const long long i = first + packs * W + threadIdx.x;
    return i < end ? total + static_cast<double>(x[i]) : total;
}

// Shares are of whole packs, but for the last.
template <typename T>
__device__ inline void sum_partial(
    const T* __restrict__ x, double* __restrict__ partials, long long n, long long share, int shares) {
    __shared__ double shared[kReduceThreads];
    const bool aligned = aligned16(x);
#pragma unroll 1
    for (int s = blockIdx.x; s < shares; s += gridDim.x) {
        const long long first = min(n, s * share), end = min(n, first + share);
        double total = aligned ? sum_share<true>(x, first, end) : sum_share<false>(x, first, end);
        total = block_sum(total, shared);
        if (threadIdx.x == 0) partials[s] = total;
    }
}

// One block.
template <typename T>
__device__ inline void sum_finish(const double* __restrict__ partials, T* __restrict__ y, int shares) {
    __shared__ double shared[kReduceThreads];
    if (blockIdx.x > 0) return;
    double total = 0;
#pragma unroll 1
    for (int s = threadIdx.x; s < shares; s += kReduceThreads) total += partials[s];
    total = block_sum(total, shared);
    if (threadIdx.x == 0) y[0] = static_cast<T>(total);
}

#define SUM(T, suffix)                                                                                      \
    extern "C" __global__ void __launch_bounds__(kReduceThreads) sum_partial_##suffix(                      \
        const T* __restrict__ x, double* __restrict__ partials, long long n, long long share, int shares) { \
        sum_partial(x, partials, n, share, shares);                                                         \
    }                                                                                                       \
    extern "C" __global__ void __launch_bounds__(kReduceThreads) sum_finish_##suffix(                       \
        const double* __restrict__ partials, T* __restrict__ y, int shares) {                               \
        sum_finish(partials, y, shares);                                                                    \
    }

SUM(float, f32)
SUM(double, f64)

#undef SUM
