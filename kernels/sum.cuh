// The sum of n elements, carried in float64, in two stages of a fixed order.
//
//   partial   partials[s] = the sum of share s: x[s * share], ..., up to x[(s+1) * share - 1] or the end
//   finish    y[0] = the sum of partials
#pragma once

#include "reduce.cuh"

template <typename T>
__device__ inline void sum_partial(
    const T* __restrict__ x, double* __restrict__ partials, long long n, long long share, int shares) {
    __shared__ double shared[kReduceThreads];
#pragma unroll 1
    for (int s = blockIdx.x; s < shares; s += gridDim.x) {
        const long long end = min(n, (s + 1) * share);
        double total = 0;
#pragma unroll kAhead<T>
        for (long long i = s * share + threadIdx.x; i < end; i += kReduceThreads) total += static_cast<double>(x[i]);
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
