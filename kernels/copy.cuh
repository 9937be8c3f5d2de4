// y[index . to] = x[index . from] for every index: one strided view into another. Four axes, of which the outermost needs no
// size; strides count elements and may be negative, those of x also 0. Accesses are coalesced where the innermost strides are 1.
#pragma once

#include "map.cuh"

template <typename T>
__device__ inline void copy_strided(
    const T* __restrict__ x, T* __restrict__ y, long long n, long long size1, long long size2, long long size3,
    long long from0, long long from1, long long from2, long long from3, long long to0, long long to1, long long to2,
    long long to3) {
#pragma unroll 1
    for (long long i = grid_thread(); i < n; i += grid_threads()) {
        const long long i3 = i % size3, outer3 = i / size3;
        const long long i2 = outer3 % size2, outer2 = outer3 / size2;
        const long long i1 = outer2 % size1, i0 = outer2 / size1;
        y[i0 * to0 + i1 * to1 + i2 * to2 + i3 * to3] = x[i0 * from0 + i1 * from1 + i2 * from2 + i3 * from3];
    }
}

#define COPY(T, suffix)                                                                                             \
    extern "C" __global__ void __launch_bounds__(kMapThreads) copy_strided_##suffix(                                \
        const T* __restrict__ x, T* __restrict__ y, long long n, long long size1, long long size2, long long size3, \
        long long from0, long long from1, long long from2, long long from3, long long to0, long long to1,           \
        long long to2, long long to3) {                                                                             \
        copy_strided(x, y, n, size1, size2, size3, from0, from1, from2, from3, to0, to1, to2, to3);                 \
    }

// By size: a copy does not look at what it moves.
COPY(unsigned int, b32)
COPY(unsigned long long, b64)

#undef COPY
