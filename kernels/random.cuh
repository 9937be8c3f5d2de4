// Random numbers over n contiguous elements, from Philox (philox.cuh): four elements a block, a block a thread.
//
//   dropout_forward   y[i] = word < threshold ? 0 : x[i] * scale, with threshold = p * 2^32 and scale = 1 / (1 - p). Its own
//                     gradient; y may be x. One rounding: equal to the CPU bit for bit.
//   random_uniform    y[i] = low + span * (upper 24 bits / 2^24), in float64, rounded once: equal to the CPU bit for bit
//   random_normal     y[i] = mean + deviation * normal, Box-Muller in float64 on the words (0, 1) and (2, 3), rounded once.
//                     Logarithm and sine differ from the CPU's in the last places.
#pragma once

#include "exact.cuh"
#include "map.cuh"
#include "philox.cuh"

// Sixteen bytes a store; 4 / W of them a block of Philox.
template <typename T, typename F>
__device__ inline void map_philox(
    unsigned long long seed, unsigned long long stream, const T* x, T* y, long long n, bool aligned, F f) {
    constexpr int W = kPack<T>;
#pragma unroll 1
    for (long long block = grid_thread(); block * 4 < n; block += grid_threads()) {
        const uint4 words = philox(seed, stream, block);
        const long long start = block * 4;
        if (aligned && start + 4 <= n) {
#pragma unroll
            for (int part = 0; part < 4; part += W) {
                Pack<T, W> in = {}, out;
                if (x != nullptr) in = *reinterpret_cast<const Pack<T, W>*>(x + start + part);
#pragma unroll
                for (int j = 0; j < W; j++) out.at[j] = f(words, part + j, in.at[j]);
                *reinterpret_cast<Pack<T, W>*>(y + start + part) = out;
            }
        } else {
#pragma unroll
            for (int j = 0; j < 4; j++)
                if (start + j < n) y[start + j] = f(words, j, x != nullptr ? x[start + j] : T(0));
        }
    }
}

__device__ inline unsigned word_of(const uint4& words, int j) {
    return j == 0 ? words.x : j == 1 ? words.y : j == 2 ? words.z : words.w;
}

template <typename T>
__device__ inline void dropout_forward(
    const T* x, T* y, long long n, unsigned long long seed, unsigned long long stream, unsigned long long threshold, T scale) {
    map_philox(seed, stream, x, y, n, aligned16(x, y), [=](const uint4& words, int j, T value) {
        return word_of(words, j) < threshold ? T(0) : value * scale;
    });
}

template <typename T>
__device__ inline void random_uniform(
    T* y, long long n, unsigned long long seed, unsigned long long stream, double low, double span) {
    map_philox(seed, stream, static_cast<const T*>(nullptr), y, n, aligned16(y), [=](const uint4& words, int j, T) {
        return static_cast<T>(add_rn(low, mul_rn(span, (word_of(words, j) >> 8) * (1.0 / (1 << 24)))));
    });
}

// A normal number from its pair of words: the cosine for the even element, the sine for the odd one.
__device__ inline double box_muller(unsigned radius, unsigned angle, bool odd) {
    // (word + 1) / 2^32 keeps the logarithm finite.
    const double length = sqrt(-2 * log((radius + 1.0) / 4294967296.0));
    const double turns = angle / 4294967296.0;
    return length * (odd ? sinpi(2 * turns) : cospi(2 * turns));
}

template <typename T>
__device__ inline void random_normal(
    T* y, long long n, unsigned long long seed, unsigned long long stream, double mean, double deviation) {
    map_philox(seed, stream, static_cast<const T*>(nullptr), y, n, aligned16(y), [=](const uint4& words, int j, T) {
        const double normal = box_muller(word_of(words, j & 2), word_of(words, j | 1), (j & 1) != 0);
        return static_cast<T>(mean + deviation * normal);
    });
}

#define RANDOM(T, suffix)                                                                                                \
    extern "C" __global__ void __launch_bounds__(kMapThreads) dropout_forward_##suffix(                                  \
        const T* x, T* y, long long n, unsigned long long seed, unsigned long long stream, unsigned long long threshold, \
        T scale) {                                                                                                       \
        dropout_forward(x, y, n, seed, stream, threshold, scale);                                                        \
    }                                                                                                                    \
    extern "C" __global__ void __launch_bounds__(kMapThreads) random_uniform_##suffix(                                   \
        T* y, long long n, unsigned long long seed, unsigned long long stream, double low, double span) {                \
        random_uniform(y, n, seed, stream, low, span);                                                                   \
    }                                                                                                                    \
    extern "C" __global__ void __launch_bounds__(kMapThreads) random_normal_##suffix(                                    \
        T* y, long long n, unsigned long long seed, unsigned long long stream, double mean, double deviation) {          \
        random_normal(y, n, seed, stream, mean, deviation);                                                              \
    }

RANDOM(float, f32)
RANDOM(double, f64)

#undef RANDOM
