// Maps over planes (batch times channels) of equal size: x and y of a block count the elements of a plane, along which
// accesses coalesce; the other direction counts planes. What depends on the place in the plane alone is worked out once
// and serves every plane that a thread visits. Planes hold fewer than 2^31 elements, there may be any number of them.
#pragma once

// Threads of a block, x times y.
constexpr int kPlaneThreads = 256;

// prepare(i) gives a function that is called with each plane's number.
template <typename F>
__device__ inline void map_planes(long long planes, int size, F prepare) {
    // Unsigned, as the last step may pass 2^31.
    const unsigned step = gridDim.x * blockDim.x;
    const long long first = blockIdx.y * static_cast<long long>(blockDim.y) + threadIdx.y;
    const long long stride = gridDim.y * static_cast<long long>(blockDim.y);
#pragma unroll 1
    for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < size; i += step) {
        auto each = prepare(static_cast<int>(i));
#pragma unroll 1
        for (long long p = first; p < planes; p += stride) each(p);
    }
}

// The same over planes [batch, channels], without a division by channels: the function is called with the sample and
// the channel. Blocks along z count samples.
template <typename F>
__device__ inline void map_channels(long long batch, int channels, int size, F prepare) {
    // Unsigned, as the last steps may pass 2^31.
    const unsigned step = gridDim.x * blockDim.x, stride = gridDim.y * blockDim.y;
#pragma unroll 1
    for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < size; i += step) {
        auto each = prepare(static_cast<int>(i));
#pragma unroll 1
        for (long long b = blockIdx.z; b < batch; b += gridDim.z)
#pragma unroll 1
            for (unsigned c = blockIdx.y * blockDim.y + threadIdx.y; c < channels; c += stride)
                each(b, static_cast<int>(c));
    }
}

// From start up to, not including, end.
struct Range {
    int start;
    int end;

    __device__ bool holds(int at) const {
        return static_cast<unsigned>(at - start) < static_cast<unsigned>(end - start);
    }
};
