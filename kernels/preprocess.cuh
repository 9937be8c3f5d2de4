// Pictures to a network's input: 8-bit pixels [images, plane, 3] (red, green, blue) to y [images, 3, plane].
//
//   y = (byte / 255 * range - mean) / deviation of the colour, in float32; in channel order blue, green, red if asked
//
// There are 3 * 256 different results: each block works them out once, and then looks them up. Equal to the CPU bit for
// bit. A thread takes four pixels where everything is aligned to it.
#pragma once

#include "exact.cuh"
#include "map.cuh"
#include "planes.cuh"

template <typename T>
__device__ inline void preprocess_forward(
    const unsigned char* __restrict__ pixels, T* __restrict__ y, long long images, int plane, bool bgr, float range,
    const float (&mean)[3], const float (&deviation)[3]) {
    __shared__ float table[3][256]; // by colour
    const int threads = blockDim.x * blockDim.y;
#pragma unroll 1
    for (int byte = threadIdx.y * blockDim.x + threadIdx.x; byte < 256; byte += threads)
#pragma unroll
        for (int colour = 0; colour < 3; colour++)
            table[colour][byte] = sub_rn(mul_rn(byte / 255.0f, range), mean[colour]) / deviation[colour];
    __syncthreads();

    auto channel = [=](int colour) { return static_cast<long long>(bgr ? 2 - colour : colour); };
    const bool four = plane % 4 == 0 && (reinterpret_cast<unsigned long long>(pixels) & 3) == 0 && aligned16(y);
    const int group = four ? 4 : 1;
    constexpr int W = kPack<T>;
    map_planes(images, plane / group, [=](int i) {
        return [=](long long image) {
            const unsigned char* from = pixels + (image * plane + i * group) * 3;
            T* to = y + image * 3 * plane + i * group;
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
                        *reinterpret_cast<Pack<T, W>*>(to + channel(colour) * plane + part) = out;
                    }
            } else {
#pragma unroll
                for (int colour = 0; colour < 3; colour++) to[channel(colour) * plane] = table[colour][from[colour]];
            }
        };
    });
}

#define PREPROCESS(T, suffix)                                                                                 \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) preprocess_forward_##suffix(                  \
        const unsigned char* __restrict__ pixels, T* __restrict__ y, long long images, int plane, int bgr,    \
        float range, float mean_r, float mean_g, float mean_b, float deviation_r, float deviation_g,          \
        float deviation_b) {                                                                                  \
        const float mean[] = {mean_r, mean_g, mean_b}, deviation[] = {deviation_r, deviation_g, deviation_b}; \
        preprocess_forward(pixels, y, images, plane, bgr != 0, range, mean, deviation);                       \
    }

PREPROCESS(float, f32)
PREPROCESS(double, f64)

#undef PREPROCESS
