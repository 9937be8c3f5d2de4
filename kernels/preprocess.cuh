// Pictures to a network's input: 8-bit pixels [images, plane, 3] (red, green, blue) to y [images, 3, plane].
//
//   y = (byte / 255 * range - mean) / deviation of the colour, in float32; in channel order blue, green, red if asked
//
// There are 3 * 256 different results: each block works them out once, and then looks them up. Equal to the CPU bit for
// bit. A thread takes four pixels where everything is aligned to it.
#pragma once

#include "exact.cuh"
#include "map.cuh"

template <typename T>
__device__ inline void preprocess_forward(
    const unsigned char* __restrict__ pixels, T* __restrict__ y, long long images, int plane, bool bgr, float range,
    const float (&mean)[3], const float (&deviation)[3]) {
    __shared__ float table[3][256]; // by colour
#pragma unroll
    for (int colour = 0; colour < 3; colour++)
        table[colour][threadIdx.x] = sub_rn(mul_rn(threadIdx.x / 255.0f, range), mean[colour]) / deviation[colour];
    __syncthreads();

    auto channel = [=](int colour) { return bgr ? 2 - colour : colour; };
    const bool four = plane % 4 == 0 && (reinterpret_cast<unsigned long long>(pixels) & 3) == 0 && aligned16(y);
    const int group = four ? 4 : 1;
    const int groups = plane / group;
    constexpr int W = kPack<T>;
#pragma unroll 1
    for (long long i = grid_thread(); i < images * groups; i += grid_threads()) {
        const long long image = i / groups;
        const int first = static_cast<int>(i % groups) * group;
        const unsigned char* from = pixels + (image * plane + first) * 3;
        T* to = y + image * 3 * plane + first;
        if (four) {
            const unsigned* words = reinterpret_cast<const unsigned*>(from);
            const unsigned packed[] = {words[0], words[1], words[2]};
#pragma unroll
            for (int colour = 0; colour < 3; colour++)
#pragma unroll
                for (int part = 0; part < 4; part += W) {
                    Pack<T, W> out;
#pragma unroll
                    for (int j = 0; j < W; j++) {
                        const int byte = (part + j) * 3 + colour;
                        out.at[j] = table[colour][packed[byte / 4] >> (byte % 4 * 8) & 255];
                    }
                    *reinterpret_cast<Pack<T, W>*>(to + static_cast<long long>(channel(colour)) * plane + part) = out;
                }
        } else {
#pragma unroll
            for (int colour = 0; colour < 3; colour++)
                to[static_cast<long long>(channel(colour)) * plane] = table[colour][from[colour]];
        }
    }
}

#define PREPROCESS(T, suffix)                                                                                 \
    extern "C" __global__ void __launch_bounds__(kMapThreads) preprocess_forward_##suffix(                    \
        const unsigned char* __restrict__ pixels, T* __restrict__ y, long long images, int plane, int bgr,    \
        float range, float mean_r, float mean_g, float mean_b, float deviation_r, float deviation_g,          \
        float deviation_b) {                                                                                  \
        const float mean[] = {mean_r, mean_g, mean_b}, deviation[] = {deviation_r, deviation_g, deviation_b}; \
        preprocess_forward(pixels, y, images, plane, bgr != 0, range, mean, deviation);                       \
    }

PREPROCESS(float, f32)
PREPROCESS(double, f64)

#undef PREPROCESS
