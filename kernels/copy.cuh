// y[i] = x[index . strides] for every index in row-major order: a strided view into a contiguous one. Four axes, of
// which the outermost needs no size; strides count elements of x and may be 0 or negative. Writes are coalesced.
#pragma once

#include "map.cuh"

template <typename T>
__device__ inline void copy_strided(
    const T* __restrict__ x, T* __restrict__ y, long long n, long long size1, long long size2, long long size3,
    long long stride0, long long stride1, long long stride2, long long stride3) {
#pragma unroll 1
    for (long long i = grid_thread(); i < n; i += grid_threads()) {
        const long long i3 = i % size3, outer3 = i / size3;
        const long long i2 = outer3 % size2, outer2 = outer3 / size2;
        const long long i1 = outer2 % size1, i0 = outer2 / size1;
        y[i] = x[i0 * stride0 + i1 * stride1 + i2 * stride2 + i3 * stride3];
    }
}

#define COPY(T, suffix)                                                                                             \
    extern "C" __global__ void __launch_bounds__(kMapThreads) copy_strided_##suffix(                                \
        const T* __restrict__ x, T* __restrict__ y, long long n, long long size1, long long size2, long long size3, \
        long long stride0, long long stride1, long long stride2, long long stride3) {                               \
        copy_strided(x, y, n, size1, size2, size3, stride0, stride1, stride2, stride3);                             \
    }

// By size: a copy does not look at what it moves.
COPY(unsigned int, b32)
COPY(unsigned long long, b64)

#undef COPY
