// Random numbers over n contiguous elements, from Philox (philox.cuh): four elements a block.
//
//   dropout_forward   y[i] = word < threshold ? 0 : x[i] * scale, with threshold = p * 2^32 and scale = 1 / (1 - p).
//                     Its own gradient; y may be x. One rounding: equal to the CPU bit for bit. The stream lies at
//                     stream_at where that is not null: recorded work takes another one at every run.
//   random_uniform    y[i] = low + span * (upper 24 bits / 2^24), in float64, rounded once: equal to the CPU bit
//                     for bit
//   random_normal     y[i] = mean + deviation * normal, Box-Muller in float64 on the words (0, 1) and (2, 3), rounded
//                     once. Logarithm and sine differ from the CPU's in the last places.
#pragma once

#include "exact.cuh"
#include "map.cuh"
#include "philox.cuh"

__device__ inline unsigned word_of(const uint4& words, int j) {
    return j == 0 ? words.x : j == 1 ? words.y : j == 2 ? words.z : words.w;
}

// y[i] = f(word, x[i]), or f(word, 0) when there is no x. Sixteen bytes a load and store where all is aligned to them.
template <bool HasX, typename T, typename F>
__device__ inline void map_words(
    unsigned long long seed, unsigned long long stream, const T* x, T* y, long long n, F f) {
    constexpr int W = kPack<T>;
    const bool aligned = HasX ? aligned16(x, y) : aligned16(y);
#pragma unroll 1
    for (long long block = grid_thread(); block * 4 < n; block += grid_threads()) {
        const uint4 words = philox(seed, stream, block);
        const long long start = block * 4;
        if (aligned && start + 4 <= n) {
#pragma unroll
            for (int part = 0; part < 4; part += W) {
                Pack<T, W> in = {}, out;
                if (HasX) in = *reinterpret_cast<const Pack<T, W>*>(x + start + part);
#pragma unroll
                for (int j = 0; j < W; j++) out.at[j] = f(word_of(words, part + j), in.at[j]);
                *reinterpret_cast<Pack<T, W>*>(y + start + part) = out;
            }
        } else {
            const int count = static_cast<int>(min(n - start, 4LL));
#pragma unroll 1
            for (int j = 0; j < count; j++) y[start + j] = f(word_of(words, j), HasX ? x[start + j] : T(0));
        }
    }
}

template <typename T>
__device__ inline void dropout_forward(
    const T* x, T* y, long long n, unsigned long long seed, unsigned long long stream,
    const unsigned long long* __restrict__ stream_at, unsigned long long threshold, T scale) {
    if (stream_at != nullptr) stream = *stream_at;
    map_words<true>(seed, stream, x, y, n, [=](unsigned word, T value) {
        return word < threshold ? T(0) : value * scale;
    });
}

template <typename T>
__device__ inline void random_uniform(
    T* y, long long n, unsigned long long seed, unsigned long long stream, double low, double span) {
    map_words<false>(seed, stream, static_cast<const T*>(nullptr), y, n, [=](unsigned word, T) {
        return static_cast<T>(add_rn(low, mul_rn(span, (word >> 8) * (1.0 / (1 << 24)))));
    });
}

// A thread takes a pair: half a block of Philox, which is little beside a logarithm and a sine in float64.
template <typename T>
__device__ inline void random_normal(
    T* y, long long n, unsigned long long seed, unsigned long long stream, double mean, double deviation) {
    const bool aligned = aligned16(y);
#pragma unroll 1
    for (long long pair = grid_thread(); pair * 2 < n; pair += grid_threads()) {
        const uint4 words = philox(seed, stream, pair / 2);
        const unsigned a = pair % 2 != 0 ? words.z : words.x, b = pair % 2 != 0 ? words.w : words.y;
        // (a + 1) / 2^32 keeps the logarithm finite.
        const double radius = sqrt(-2 * log((a + 1.0) / 4294967296.0));
        double sine, cosine;
        sincospi(b / 2147483648.0, &sine, &cosine);
        const Pack<T, 2> both = {
            {static_cast<T>(mean + deviation * (radius * cosine)), static_cast<T>(mean + deviation * (radius * sine))}};
        T* to = y + pair * 2;
        if (aligned && pair * 2 + 1 < n) {
            *reinterpret_cast<Pack<T, 2>*>(to) = both;
        } else {
            to[0] = both.at[0];
            if (pair * 2 + 1 < n) to[1] = both.at[1];
        }
    }
}

#define RANDOM(T, suffix)                                                                                       \
    extern "C" __global__ void __launch_bounds__(kMapThreads) dropout_forward_##suffix(                         \
        const T* x, T* y, long long n, unsigned long long seed, unsigned long long stream,                      \
        const unsigned long long* __restrict__ stream_at, unsigned long long threshold, T scale) {              \
        dropout_forward(x, y, n, seed, stream, stream_at, threshold, scale);                                    \
    }                                                                                                           \
    extern "C" __global__ void __launch_bounds__(kMapThreads) random_uniform_##suffix(                          \
        T* y, long long n, unsigned long long seed, unsigned long long stream, double low, double span) {       \
        random_uniform(y, n, seed, stream, low, span);                                                          \
    }                                                                                                           \
    extern "C" __global__ void __launch_bounds__(kMapThreads) random_normal_##suffix(                           \
        T* y, long long n, unsigned long long seed, unsigned long long stream, double mean, double deviation) { \
        random_normal(y, n, seed, stream, mean, deviation);                                                     \
    }

RANDOM(float, f32)
RANDOM(double, f64)

#undef RANDOM
