// Row-major matrix products that stand in for cuBLAS: for every i below batch, C_i = alpha op(A_i) op(B_i) + beta C_i.
// C is m x n with rows ldc apart, the sum k long; a transposed A is stored k x m, a transposed B n x k. With beta = 0 C
// is not read.
//
// Blocks along x take columns of tiles, along y rows, along z products.
//
// A block of 256 threads makes a 64 x 64 tile of C; each thread 4 x 4 of it, in registers. Slices of the sum (16 long;
// 8 in float64) go through shared memory, the next one on its way into registers meanwhile. Outside the matrices the
// slices hold zeros. The sum runs in index order whatever the grid.
#pragma once

#include "map.cuh"

constexpr int kGemmTile = 64;
constexpr int kGemmThreads = 256;
constexpr int kGemmOwn = 4;
constexpr int kGemmAcross = kGemmTile / kGemmOwn;
// A row of a slice; the pad spreads columns over the banks and keeps sixteen bytes' alignment.
constexpr int kGemmRow = kGemmTile + 4;
template <typename T>
constexpr int kGemmSlice = 64 / sizeof(T);
template <typename T>
constexpr int kGemmLoads = kGemmTile * kGemmSlice<T> / kGemmThreads;

// A thread's part of a slice of an operand: rows of the tile (a row of A, a column of B) by the index of the sum.
// SumFirst: the operand is stored with the sum as its rows, so that neighbours in the tile are neighbours in memory.
template <bool SumFirst, typename T>
__device__ inline void gemm_fetch(
    const T* __restrict__ from, int ld, int tile, int rows, int slice, int k, T (&part)[kGemmLoads<T>]) {
#pragma unroll
    for (int j = 0; j < kGemmLoads<T>; j++) {
        const int at = threadIdx.x + j * kGemmThreads;
        const int row = tile + (SumFirst ? at % kGemmTile : at / kGemmSlice<T>);
        const int sum = slice + (SumFirst ? at / kGemmTile : at % kGemmSlice<T>);
        const long long index =
            SumFirst ? static_cast<long long>(sum) * ld + row : static_cast<long long>(row) * ld + sum;
        part[j] = row < rows && sum < k ? from[index] : T(0);
    }
}

template <bool SumFirst, typename T>
__device__ inline void gemm_place(T (&slice)[kGemmSlice<T>][kGemmRow], const T (&part)[kGemmLoads<T>]) {
#pragma unroll
    for (int j = 0; j < kGemmLoads<T>; j++) {
        const int at = threadIdx.x + j * kGemmThreads;
        if (SumFirst)
            slice[at / kGemmTile][at % kGemmTile] = part[j];
        else
            slice[at % kGemmSlice<T>][at / kGemmSlice<T>] = part[j];
    }
}

template <bool TransA, bool TransB, typename T>
__device__ inline void gemm_tile(
    int m, int n, int k, T alpha, const T* __restrict__ a, int lda, const T* __restrict__ b, int ldb, T beta,
    T* __restrict__ c, int ldc, int top, int left) {
    __shared__ alignas(16) T slice_a[kGemmSlice<T>][kGemmRow];
    __shared__ alignas(16) T slice_b[kGemmSlice<T>][kGemmRow];
    const int row = threadIdx.x / kGemmAcross * kGemmOwn, column = threadIdx.x % kGemmAcross * kGemmOwn;
    T part_a[kGemmLoads<T>], part_b[kGemmLoads<T>], sums[kGemmOwn][kGemmOwn] = {};
    gemm_fetch<TransA>(a, lda, top, m, 0, k, part_a);
    gemm_fetch<!TransB>(b, ldb, left, n, 0, k, part_b);
#pragma unroll 1
    for (int slice = 0; slice < k; slice += kGemmSlice<T>) {
        gemm_place<TransA>(slice_a, part_a);
        gemm_place<!TransB>(slice_b, part_b);
        __syncthreads();
        gemm_fetch<TransA>(a, lda, top, m, slice + kGemmSlice<T>, k, part_a);
        gemm_fetch<!TransB>(b, ldb, left, n, slice + kGemmSlice<T>, k, part_b);
#pragma unroll
        for (int s = 0; s < kGemmSlice<T>; s++) {
            const Pack<T, kGemmOwn> of_a = *reinterpret_cast<const Pack<T, kGemmOwn>*>(&slice_a[s][row]);
            const Pack<T, kGemmOwn> of_b = *reinterpret_cast<const Pack<T, kGemmOwn>*>(&slice_b[s][column]);
#pragma unroll
            for (int i = 0; i < kGemmOwn; i++)
#pragma unroll
                for (int j = 0; j < kGemmOwn; j++) sums[i][j] += of_a.at[i] * of_b.at[j];
        }
        __syncthreads();
    }
#pragma unroll
    for (int i = 0; i < kGemmOwn; i++)
#pragma unroll
        for (int j = 0; j < kGemmOwn; j++)
            if (top + row + i < m && left + column + j < n) {
                T* to = c + static_cast<long long>(top + row + i) * ldc + left + column + j;
                *to = beta == T(0) ? alpha * sums[i][j] : alpha * sums[i][j] + beta * *to;
            }
}

template <bool TransA, bool TransB, typename T>
__device__ inline void gemm(int m, int n, int k, T alpha, const T* __restrict__ a, int lda, long long stride_a,
                            const T* __restrict__ b, int ldb, long long stride_b, T beta, T* __restrict__ c, int ldc,
                            long long stride_c, int batch) {
    const long long across = gridDim.x * static_cast<long long>(kGemmTile);
    const long long down = gridDim.y * static_cast<long long>(kGemmTile);
#pragma unroll 1
    for (long long i = blockIdx.z; i < batch; i += gridDim.z)
#pragma unroll 1
        for (long long top = blockIdx.y * static_cast<long long>(kGemmTile); top < m; top += down)
#pragma unroll 1
            for (long long left = blockIdx.x * static_cast<long long>(kGemmTile); left < n; left += across)
                gemm_tile<TransA, TransB>(
                    m, n, k, alpha, a + i * stride_a, lda, b + i * stride_b, ldb, beta, c + i * stride_c, ldc,
                    static_cast<int>(top), static_cast<int>(left));
}

#define GEMM(T, suffix, transposes, trans_a, trans_b)                                                                \
    extern "C" __global__ void __launch_bounds__(kGemmThreads) gemm_##transposes##_##suffix(                         \
        int m, int n, int k, T alpha, const T* __restrict__ a, int lda, long long stride_a, const T* __restrict__ b, \
        int ldb, long long stride_b, T beta, T* __restrict__ c, int ldc, long long stride_c, int batch) {            \
        gemm<trans_a, trans_b>(m, n, k, alpha, a, lda, stride_a, b, ldb, stride_b, beta, c, ldc, stride_c, batch);   \
    }

#define GEMMS(T, suffix)              \
    GEMM(T, suffix, nn, false, false) \
    GEMM(T, suffix, nt, false, true)  \
    GEMM(T, suffix, tn, true, false)  \
    GEMM(T, suffix, tt, true, true)

GEMMS(float, f32)
GEMMS(double, f64)

#undef GEMMS
#undef GEMM
