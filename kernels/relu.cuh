// The rectifier, and what it lets through on the way back. NaN is let through, as it is not <= 0.
//
//   forward             y = x <= 0 ? 0 : x
//   backward gradient   dx = y <= 0 ? 0 : dy
//   backward deconvnet  dx = dy <= 0 ? 0 : dy               (Zeiler and Fergus 2013, section 2.1)
//   backward guided     dx = y <= 0 or dy <= 0 ? 0 : dy     (Springenberg et al. 2014)
//
// y is the forward output. In forward y may be x, in backward dx may be dy.
#pragma once

#include "map.cuh"

template <typename T>
__device__ inline T rectified(T x) {
    return x <= T(0) ? T(0) : x;
}

template <typename T>
__device__ inline void relu_forward(const T* x, T* y, long long n) {
    map(n, [](T p) { return rectified(p); }, y, x);
}

template <typename T>
__device__ inline void relu_backward_gradient(const T* __restrict__ y, const T* dy, T* dx, long long n) {
    map(n, [](T lit, T d) { return lit <= T(0) ? T(0) : d; }, dx, y, dy);
}

template <typename T>
__device__ inline void relu_backward_guided(const T* __restrict__ y, const T* dy, T* dx, long long n) {
    map(n, [](T lit, T d) { return lit <= T(0) ? T(0) : rectified(d); }, dx, y, dy);
}

// The deconvnet rule is the forward pass of dy, under its own name so that a trace tells the two apart.
#define RELU(T, suffix)                                                                                               \
    extern "C" __global__ void __launch_bounds__(kMapThreads) relu_forward_##suffix(const T* x, T* y, long long n) {  \
        relu_forward(x, y, n);                                                                                        \
    }                                                                                                                 \
    extern "C" __global__ void __launch_bounds__(kMapThreads)                                                         \
        relu_backward_gradient_##suffix(const T* __restrict__ y, const T* dy, T* dx, long long n) {                   \
        relu_backward_gradient(y, dy, dx, n);                                                                         \
    }                                                                                                                 \
    extern "C" __global__ void __launch_bounds__(kMapThreads)                                                         \
        relu_backward_deconvnet_##suffix(const T* dy, T* dx, long long n) {                                           \
        relu_forward(dy, dx, n);                                                                                      \
    }                                                                                                                 \
    extern "C" __global__ void __launch_bounds__(kMapThreads)                                                         \
        relu_backward_guided_##suffix(const T* __restrict__ y, const T* dy, T* dx, long long n) {                     \
        relu_backward_guided(y, dy, dx, n);                                                                           \
    }

RELU(float, f32)
RELU(double, f64)

#undef RELU
