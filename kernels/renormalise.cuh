// Filter renormalisation (Zeiler and Fergus 2013, section 3.1): of w [filters, size], each filter whose root mean
// square exceeds a radius is scaled back to it.
//
//   rms[f] = sqrt(sum of w^2 / size), in float64, before;  w = w * (radius / rms[f]) where rms[f] > radius
//
// A block takes a filter: each thread sums every 256th weight, then the threads' sums are added in halves; the order
// does not depend on the grid. A NaN among the weights leaves its filter alone.
#pragma once

#include "reduce.cuh"

constexpr int kRenormaliseThreads = 256;

template <typename T>
__device__ inline void renormalise(T* w, double* __restrict__ rms, long long filters, long long size, double radius) {
    __shared__ double sums[kRenormaliseThreads];
#pragma unroll 1
    for (long long f = blockIdx.x; f < filters; f += gridDim.x) {
        T* filter = w + f * size;
        double sum = 0;
#pragma unroll kAhead<T>
        for (long long i = threadIdx.x; i < size; i += kRenormaliseThreads) {
            const double value = filter[i];
            sum += value * value;
        }
        sums[threadIdx.x] = sum;
#pragma unroll 1
        for (int half = kRenormaliseThreads / 2; half > 0; half /= 2) {
            __syncthreads();
            if (threadIdx.x < half) sums[threadIdx.x] += sums[threadIdx.x + half];
        }
        __syncthreads();
        const double found = sqrt(sums[0] / size);
        if (threadIdx.x == 0) rms[f] = found;
        if (found > radius) {
            const double factor = radius / found;
#pragma unroll kAhead<T>
            for (long long i = threadIdx.x; i < size; i += kRenormaliseThreads)
                filter[i] = static_cast<T>(filter[i] * factor);
        }
        // The sums are read before the next filter's are written.
        __syncthreads();
    }
}

#define RENORMALISE(T, suffix)                                                                           \
    extern "C" __global__ void __launch_bounds__(kRenormaliseThreads) filter_renormalise_##suffix(       \
        T* w, double* __restrict__ rms, long long filters, long long size, double radius) {              \
        renormalise(w, rms, filters, size, radius);                                                      \
    }

RENORMALISE(float, f32)
RENORMALISE(double, f64)

#undef RENORMALISE
