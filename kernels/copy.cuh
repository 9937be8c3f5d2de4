// y[index . to] = x[index . from] for every index: one strided view into another. Four axes, of which the outermost needs no
// size; strides count elements and may be negative, those of x also 0. Accesses are coalesced where the innermost strides are 1.
//
// Sixteen bytes at once are elements of their own (b128), where rows are made of such packs on both sides: sizes and strides then
// count packs.
//
// An index is divided by three sizes, which costs a 64-bit number some hundreds of instructions: where there are fewer
// than 2^32 elements (narrow), it is done in 32 bits.
#pragma once

#include "map.cuh"

template <typename I, typename T>
__device__ inline void copy_strided(
    const T* __restrict__ x, T* __restrict__ y, long long n, long long size1, long long size2, long long size3,
    long long from0, long long from1, long long from2, long long from3, long long to0, long long to1, long long to2,
    long long to3) {
    const I s1 = static_cast<I>(size1), s2 = static_cast<I>(size2), s3 = static_cast<I>(size3);
#pragma unroll 1
    for (long long i = grid_thread(); i < n; i += grid_threads()) {
        const I at = static_cast<I>(i), outer3 = at / s3, outer2 = outer3 / s2, i0 = outer2 / s1;
        const I i1 = outer2 - i0 * s1, i2 = outer3 - outer2 * s2, i3 = at - outer3 * s3;
        y[i0 * to0 + i1 * to1 + i2 * to2 + i3 * to3] = x[i0 * from0 + i1 * from1 + i2 * from2 + i3 * from3];
    }
}

#define COPY(T, suffix)                                                                                             \
    extern "C" __global__ void __launch_bounds__(kMapThreads) copy_strided_##suffix(                                \
        const T* __restrict__ x, T* __restrict__ y, long long n, long long size1, long long size2, long long size3, \
        long long from0, long long from1, long long from2, long long from3, long long to0, long long to1,           \
        long long to2, long long to3, int narrow) {                                                                 \
        narrow != 0 ? copy_strided<unsigned>(                                                                       \
                          x, y, n, size1, size2, size3, from0, from1, from2, from3, to0, to1, to2, to3)             \
                    : copy_strided<long long>(                                                                      \
                          x, y, n, size1, size2, size3, from0, from1, from2, from3, to0, to1, to2, to3);            \
    }

// By size: a copy does not look at what it moves.
COPY(unsigned int, b32)
COPY(unsigned long long, b64)
using Pack16 = Pack<unsigned int, 4>;
COPY(Pack16, b128)

#undef COPY
