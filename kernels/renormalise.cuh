// Filter renormalisation (Zeiler and Fergus 2013, section 3.1): of w [filters, size], each filter whose root mean
// square exceeds a radius is scaled back to it.
//
//   rms[f] = sqrt(sum of w^2 / size), in float64, before;  w = w * (radius / rms[f]) where rms[f] > radius
//
// A block takes a filter: each thread sums every 256th pack of sixteen bytes (or weight, where filters are not of whole,
// aligned packs), then the threads' sums are added in halves; the order does not depend on the grid. A NaN among the
// weights leaves its filter alone.
#pragma once

#include "reduce.cuh"

constexpr int kRenormaliseThreads = 256;

// size: packs of a filter.
template <int W, typename T>
__device__ inline void renormalise_packs(
    Pack<T, W>* w, double* __restrict__ rms, long long filters, long long size, double radius, double* sums) {
#pragma unroll 1
    for (long long f = blockIdx.x; f < filters; f += gridDim.x) {
        Pack<T, W>* filter = w + f * size;
        double sum = 0;
#pragma unroll kAhead<T>
        for (long long i = threadIdx.x; i < size; i += kRenormaliseThreads) {
            const Pack<T, W> pack = filter[i];
#pragma unroll
            for (int j = 0; j < W; j++) sum += static_cast<double>(pack.at[j]) * pack.at[j];
        }
        sums[threadIdx.x] = sum;
#pragma unroll 1
        for (int half = kRenormaliseThreads / 2; half > 0; half /= 2) {
            __syncthreads();
            if (threadIdx.x < half) sums[threadIdx.x] += sums[threadIdx.x + half];
        }
        __syncthreads();
        const double found = sqrt(sums[0] / (size * W));
        if (threadIdx.x == 0) rms[f] = found;
        if (found > radius) {
            const double factor = radius / found;
#pragma unroll kAhead<T>
            for (long long i = threadIdx.x; i < size; i += kRenormaliseThreads) {
                Pack<T, W> pack = filter[i];
#pragma unroll
                for (int j = 0; j < W; j++) pack.at[j] = static_cast<T>(pack.at[j] * factor);
                filter[i] = pack;
            }
        }
        // The sums are read before the next filter's are written.
        __syncthreads();
    }
}

template <typename T>
__device__ inline void renormalise(T* w, double* __restrict__ rms, long long filters, long long size, double radius) {
    __shared__ double sums[kRenormaliseThreads];
    constexpr int W = kPack<T>;
    if (size % W == 0 && aligned16(w))
        renormalise_packs(reinterpret_cast<Pack<T, W>*>(w), rms, filters, size / W, radius, sums);
    else
        renormalise_packs(reinterpret_cast<Pack<T, 1>*>(w), rms, filters, size, radius, sums);
}

#define RENORMALISE(T, suffix)                                                                           \
    extern "C" __global__ void __launch_bounds__(kRenormaliseThreads) filter_renormalise_##suffix(       \
        T* w, double* __restrict__ rms, long long filters, long long size, double radius) {              \
        renormalise(w, rms, filters, size, radius);                                                      \
    }

RENORMALISE(float, f32)
RENORMALISE(double, f64)

#undef RENORMALISE
