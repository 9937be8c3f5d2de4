// sums[c] = the sum of x [outer, channels, inner] over outer and inner: the gradient of a bias. Two stages of a fixed
// order.
//
//   planes    partials[c, s] = the sum of share s of channel c's outer * inner elements, by a block (inner > 1);
//             blocks along x take shares, along y channels
//   columns   partials[c, s] = the sum of rows share s of x [outer, channels], by a thread a column (inner = 1)
//   finish    sums[c] = the sum of partials[c, :], by a thread
//
// Neighbouring threads read neighbouring elements in both first stages.
#pragma once

#include "planes.cuh"
#include "reduce.cuh"

template <typename T>
__device__ inline void channel_sum_planes(
    const T* __restrict__ x, T* __restrict__ partials, long long outer, int channels, long long inner, long long share,
    int shares) {
    __shared__ T shared[kReduceThreads];
    // What a step of all threads adds to the outer and to the inner index.
    const long long step_outer = kReduceThreads / inner, step_inner = kReduceThreads % inner;
#pragma unroll 1
    for (long long s = blockIdx.x; s < shares; s += gridDim.x) {
        const long long first = s * share + threadIdx.x, end = min(outer * inner, s * share + share);
        const long long first_outer = first / inner, first_inner = first % inner;
#pragma unroll 1
        for (long long c = blockIdx.y; c < channels; c += gridDim.y) {
            long long o = first_outer, i = first_inner;
            T total = T(0);
#pragma unroll kAhead<T>
            for (long long at = first; at < end; at += kReduceThreads) {
                total += x[(o * channels + c) * inner + i];
                o += step_outer;
                i += step_inner;
                if (i >= inner) {
                    i -= inner;
                    o++;
                }
            }
            total = block_sum(total, shared);
            if (threadIdx.x == 0) partials[c * shares + s] = total;
        }
    }
}

template <typename T>
__device__ inline void channel_sum_columns(
    const T* __restrict__ x, T* __restrict__ partials, long long outer, int channels, long long share, int shares) {
    map_planes(shares, channels, [=](int c) {
        return [=](long long s) {
            const long long end = min(outer, (s + 1) * share);
            T total = T(0);
#pragma unroll kAhead<T>
            for (long long o = s * share; o < end; o++) total += x[o * channels + c];
            partials[static_cast<long long>(c) * shares + s] = total;
        };
    });
}

template <typename T>
__device__ inline void channel_sum_finish(
    const T* __restrict__ partials, T* __restrict__ sums, int channels, int shares) {
#pragma unroll 1
    for (long long c = grid_thread(); c < channels; c += grid_threads()) {
        T total = T(0);
#pragma unroll 1
        for (int s = 0; s < shares; s++) total += partials[c * shares + s];
        sums[c] = total;
    }
}

#define CHANNEL_SUM(T, suffix)                                                                             \
    extern "C" __global__ void __launch_bounds__(kReduceThreads) channel_sum_planes_##suffix(              \
        const T* __restrict__ x, T* __restrict__ partials, long long outer, int channels, long long inner, \
        long long share, int shares) {                                                                     \
        channel_sum_planes(x, partials, outer, channels, inner, share, shares);                            \
    }                                                                                                      \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) channel_sum_columns_##suffix(              \
        const T* __restrict__ x, T* __restrict__ partials, long long outer, int channels, long long share, \
        int shares) {                                                                                      \
        channel_sum_columns(x, partials, outer, channels, share, shares);                                  \
    }                                                                                                      \
    extern "C" __global__ void __launch_bounds__(kMapThreads) channel_sum_finish_##suffix(                 \
        const T* __restrict__ partials, T* __restrict__ sums, int channels, int shares) {                  \
        channel_sum_finish(partials, sums, channels, shares);                                              \
    }

CHANNEL_SUM(float, f32)
CHANNEL_SUM(double, f64)

#undef CHANNEL_SUM
