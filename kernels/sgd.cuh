// One step of stochastic gradient descent, in one pass and in place.
//
//   momentum   v = mu v + (g + lambda w);  w = w - lr v
//   plain      w = w - lr (g + lambda w)
//
// lr lies at rate_at where that is not null: recorded work takes the rate of its run.
//
// Every operation rounds by itself, so that the bits are those of the plain loops.
#pragma once

#include "map.cuh"

__device__ inline float product(float a, float b) { return __fmul_rn(a, b); }
__device__ inline double product(double a, double b) { return __dmul_rn(a, b); }

template <int W, bool Momentum, typename T>
__device__ inline void sgd_packs(
    T rate, T momentum, T decay, const T* __restrict__ g, T* __restrict__ v, T* __restrict__ w, long long first,
    long long packs) {
#pragma unroll 1
    for (long long i = first + grid_thread(); i < packs; i += grid_threads()) {
        const Pack<T, W> slope = reinterpret_cast<const Pack<T, W>*>(g)[i];
        Pack<T, W> weight = reinterpret_cast<Pack<T, W>*>(w)[i], velocity;
        if (Momentum) velocity = reinterpret_cast<Pack<T, W>*>(v)[i];
#pragma unroll
        for (int j = 0; j < W; j++) {
            T step = slope.at[j] + product(decay, weight.at[j]);
            if (Momentum) velocity.at[j] = step = product(momentum, velocity.at[j]) + step;
            weight.at[j] = weight.at[j] - product(rate, step);
        }
        if (Momentum) reinterpret_cast<Pack<T, W>*>(v)[i] = velocity;
        reinterpret_cast<Pack<T, W>*>(w)[i] = weight;
    }
}

template <bool Momentum, typename T>
__device__ inline void sgd(T rate, const double* __restrict__ rate_at, T momentum, T decay, const T* __restrict__ g,
                           T* __restrict__ v, T* __restrict__ w, long long n) {
    if (rate_at != nullptr) rate = static_cast<T>(*rate_at);
    constexpr int W = kPack<T>;
    long long done = 0;
    // Without momentum v is null, which is aligned.
    if (aligned16(g, v, w)) {
        done = n / W * W;
        sgd_packs<W, Momentum>(rate, momentum, decay, g, v, w, 0, n / W);
    }
    sgd_packs<1, Momentum>(rate, momentum, decay, g, v, w, done, n);
}

#define SGD(T, suffix)                                                                                            \
    extern "C" __global__ void __launch_bounds__(kMapThreads) sgd_momentum_##suffix(                              \
        T rate, const double* __restrict__ rate_at, T momentum, T decay, const T* __restrict__ g,                 \
        T* __restrict__ v, T* __restrict__ w, long long n) {                                                      \
        sgd<true>(rate, rate_at, momentum, decay, g, v, w, n);                                                    \
    }                                                                                                             \
    extern "C" __global__ void __launch_bounds__(kMapThreads) sgd_plain_##suffix(                                 \
        T rate, const double* __restrict__ rate_at, T decay, const T* __restrict__ g, T* __restrict__ w,          \
        long long n) {                                                                                            \
        sgd<false>(rate, rate_at, T(0), decay, g, static_cast<T*>(nullptr), w, n);                                \
    }

SGD(float, f32)
SGD(double, f64)

#undef SGD
