// Sums in an order that depends on nothing but the number of threads: the same bits in every run and for every grid.
#pragma once

#include "map.cuh"

constexpr int kReduceThreads = 256;
constexpr int kWarp = 32;

// How many steps of a loop that only reads are unrolled, so that as many loads are on their way at once; what they
// bring is still added one after the other. In float64, which is not for speed, one.
template <typename T>
constexpr int kAhead = sizeof(T) == 4 ? 4 : 1;

// The sum over a block of kReduceThreads, for its first thread. shared holds kReduceThreads and may be used again at
// once.
template <typename T>
__device__ inline T block_sum(T value, T* shared) {
    shared[threadIdx.x] = value;
    __syncthreads();
#pragma unroll 1
    for (int half = kReduceThreads / 2; half > 0; half /= 2) {
        if (threadIdx.x < half) shared[threadIdx.x] += shared[threadIdx.x + half];
        __syncthreads();
    }
    T total = shared[0];
    __syncthreads();
    return total;
}

// What a row's lanes share: one lane, or the 32 of a warp, which all get the same bits, as + and max are commutative.
template <int Lanes, typename T>
__device__ inline T lanes_sum(T value) {
#pragma unroll
    for (int step = Lanes / 2; step > 0; step /= 2) value += __shfl_xor_sync(0xffffffffu, value, step);
    return value;
}

template <int Lanes, typename T>
__device__ inline T lanes_max(T value) {
#pragma unroll
    for (int step = Lanes / 2; step > 0; step /= 2) value = max(value, __shfl_xor_sync(0xffffffffu, value, step));
    return value;
}
