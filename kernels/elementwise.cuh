// Elementwise arithmetic over n contiguous elements.
//
//   fill      y[i] = value
//   add       y[i] = a[i] + b[i]
//   multiply  y[i] = a[i] * b[i]
//   scale     y[i] = factor * x[i]
//
// Each is one rounding, so every backend gives the same bits. y may be an input.
#pragma once

#include "map.cuh"

template <typename T>
__device__ inline void fill(T value, T* y, long long n) {
    map(n, [=]() { return value; }, y);
}

template <typename T>
__device__ inline void add(const T* a, const T* b, T* y, long long n) {
    map(n, [](T p, T q) { return p + q; }, y, a, b);
}

template <typename T>
__device__ inline void multiply(const T* a, const T* b, T* y, long long n) {
    map(n, [](T p, T q) { return p * q; }, y, a, b);
}

template <typename T>
__device__ inline void scale(T factor, const T* x, T* y, long long n) {
    map(n, [=](T p) { return factor * p; }, y, x);
}

#define FILL(T, suffix)                                                                                  \
    extern "C" __global__ void __launch_bounds__(kMapThreads) fill_##suffix(T value, T* y, long long n) { \
        fill(value, y, n);                                                                               \
    }

#define ELEMENTWISE(T, suffix)                                                                                      \
    extern "C" __global__ void __launch_bounds__(kMapThreads)                                                       \
        add_##suffix(const T* a, const T* b, T* y, long long n) {                                                   \
        add(a, b, y, n);                                                                                            \
    }                                                                                                               \
    extern "C" __global__ void __launch_bounds__(kMapThreads)                                                       \
        multiply_##suffix(const T* a, const T* b, T* y, long long n) {                                              \
        multiply(a, b, y, n);                                                                                       \
    }                                                                                                               \
    extern "C" __global__ void __launch_bounds__(kMapThreads)                                                       \
        scale_##suffix(T factor, const T* x, T* y, long long n) {                                                   \
        scale(factor, x, y, n);                                                                                     \
    }

FILL(float, f32)
FILL(double, f64)
FILL(int, i32)
ELEMENTWISE(float, f32)
ELEMENTWISE(double, f64)

#undef FILL
#undef ELEMENTWISE
