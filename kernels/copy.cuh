// y[i] = x[index . strides] for every index in row-major order: a strided view into a contiguous one. Four axes, of
// which the outermost needs no size; strides count elements of x and may be 0 or negative. Writes are coalesced.
//
// An index is divided by three sizes, which costs a 64-bit number some hundreds of instructions: where there are fewer
// than 2^32 elements, it is done in 32 bits.
#pragma once

#include "map.cuh"

template <typename I, typename T>
__device__ inline void copy_strided(
    const T* __restrict__ x, T* __restrict__ y, long long n, long long size1, long long size2, long long size3,
    long long stride0, long long stride1, long long stride2, long long stride3) {
    const I s1 = static_cast<I>(size1), s2 = static_cast<I>(size2), s3 = static_cast<I>(size3);
#pragma unroll 1
    for (long long i = grid_thread(); i < n; i += grid_threads()) {
        const I at = static_cast<I>(i), outer3 = at / s3, outer2 = outer3 / s2, i0 = outer2 / s1;
        const I i1 = outer2 - i0 * s1, i2 = outer3 - outer2 * s2, i3 = at - outer3 * s3;
        y[i] = x[i0 * stride0 + i1 * stride1 + i2 * stride2 + i3 * stride3];
    }
}

#define COPY(T, suffix)                                                                                             \
    extern "C" __global__ void __launch_bounds__(kMapThreads) copy_strided_##suffix(                                \
        const T* __restrict__ x, T* __restrict__ y, long long n, long long size1, long long size2, long long size3, \
        long long stride0, long long stride1, long long stride2, long long stride3, int narrow) {                   \
        narrow != 0 ? copy_strided<unsigned>(                                                                       \
                          x, y, n, size1, size2, size3, stride0, stride1, stride2, stride3)                         \
                    : copy_strided<long long>(                                                                      \
                          x, y, n, size1, size2, size3, stride0, stride1, stride2, stride3);                        \
    }

// By size: a copy does not look at what it moves.
COPY(unsigned int, b32)
COPY(unsigned long long, b64)

#undef COPY
