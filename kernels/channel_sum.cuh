// sums[c] = the sum of x [outer, channels, inner] over outer and inner: the gradient of a bias. Two stages of a fixed
// order.
//
//   planes    partials[c, s] = the sum of share s of channel c's outer * inner elements, by a block (inner > 1);
//             blocks along x take shares, along y channels. Sixteen bytes at a time where planes are made of such packs
//             and aligned to them
//   columns   partials[c, s] = the sum of rows share s of x [outer, channels], by a thread a column (inner = 1)
//   finish    sums[c] = the sum of partials[c, :], by a thread
//
// Neighbouring threads read neighbouring elements in both first stages.
#pragma once

#include "planes.cuh"
#include "reduce.cuh"

// A channel's elements, W at a time, numbered through its planes, which lie far apart.
template <int W, typename T>
__device__ inline T channel_sum_share(
    const T* __restrict__ channel, long long apart, long long plane, long long first, long long end) {
    // Half as many loads of packs: they bring more.
    constexpr int N = W == 1 ? 2 * kAhead<T> : kAhead<T>;
    const long long packs = plane / W, step = kReduceThreads % packs;
    const long long skipped = kReduceThreads / packs * apart + step * W, wrap = apart - plane;
    long long i = first % packs;
    const T* at = channel + first / packs * apart + i * W;
    T total = T(0);
#pragma unroll 1
    for (long long next = first; next < end; next += N * kReduceThreads) {
        Pack<T, W> pack[N];
#pragma unroll
        for (int j = 0; j < N; j++) {
            // A zero changes no sum: it began as one, so that it is never -0.
            pack[j] = {};
            if (next + j * kReduceThreads < end) pack[j] = *reinterpret_cast<const Pack<T, W>*>(at);
            i += step;
            at += skipped;
            if (i >= packs) {
                i -= packs;
                at += wrap;
            }
        }
#pragma unroll
        for (int j = 0; j < N; j++)
#pragma unroll
            for (int k = 0; k < W; k++) total += pack[j].at[k];
    }
    return total;
}

template <typename T>
__device__ inline void channel_sum_planes(
    const T* __restrict__ x, T* __restrict__ partials, long long outer, int channels, long long plane,
    long long share, int shares) {
    __shared__ T shared[kReduceThreads];
    constexpr int W = kPack<T>;
    const bool packs = plane % W == 0 && aligned16(x);
    const long long apart = channels * plane, all = outer * plane;
#pragma unroll 1
    for (int s = blockIdx.x; s < shares; s += gridDim.x) {
        const long long begin = s * share, end = min(all, begin + share);
#pragma unroll 1
        for (int c = blockIdx.y; c < channels; c += gridDim.y) {
            const T* channel = x + c * plane;
            // A share is of whole packs.
            T total = packs ? channel_sum_share<W>(channel, apart, plane, begin / W + threadIdx.x, end / W)
                            : channel_sum_share<1>(channel, apart, plane, begin + threadIdx.x, end);
            total = block_sum(total, shared);
            if (threadIdx.x == 0) partials[c * static_cast<long long>(shares) + s] = total;
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
        const T* __restrict__ x, T* __restrict__ partials, long long outer, int channels, long long plane, \
        long long share, int shares) {                                                                     \
        channel_sum_planes(x, partials, outer, channels, plane, share, shares);                            \
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
